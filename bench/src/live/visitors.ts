import { Worker } from 'node:worker_threads'
import type { VisitorsReport, VisitorsTask } from './visitors-thread.ts'

/** Visitors of a site, each on a connection that it keeps. */
export interface Visitors {
  /** How many requests there were so far. */
  progress(): number
  stop(): Promise<VisitorsReport>
}

export async function sendVisitors(task: VisitorsTask): Promise<Visitors> {
  const flags = new Int32Array(new SharedArrayBuffer(8))
  const thread = new Worker(new URL('visitors-thread.ts', import.meta.url), { workerData: { task, flags } })
  const report = new Promise<VisitorsReport>((resolve, reject) => {
    thread.once('message', resolve).once('error', reject)
  })
  // The failure is for whoever stops them.
  report.catch(() => undefined)
  return {
    progress: () => Atomics.load(flags, 1),
    async stop() {
      Atomics.store(flags, 0, 1)
      const seen = await report
      await thread.terminate()
      return seen
    },
  }
}
