import { Worker } from 'node:worker_threads'
import type { CurrentReport, CurrentTask } from './sampler/current-watcher.ts'
import type { HammerReport, HammerTask } from './sampler/hammer.ts'

/** Something that watches in a thread of its own, so that it neither disturbs nor is disturbed by the caller. */
export interface Sampler<Report> {
  /** How many requests or looks there were so far. */
  progress(): number
  /** Ends the watching and gives all that was seen. */
  stop(): Promise<Report>
}

export interface WatchOptions {
  /** Files that every release has. Default: REVISION and public/index.php. */
  readonly files?: readonly string[]
  /** Also count the files below vendor/ against the number in vendor/FILES, each time the release changes and now and then. */
  readonly countVendor?: boolean
}

/**
 * Looks at `<root>/current` about once a millisecond. A look before the first release counts as missing, so start it
 * after that.
 */
export function watchCurrent(root: string, options: WatchOptions = {}): Promise<Sampler<CurrentReport>> {
  const { files = ['REVISION', 'public/index.php'], countVendor = false } = options
  const task: CurrentTask = { root, files, countVendor }
  return startSampler(new URL('./sampler/current-watcher.ts', import.meta.url), task)
}

export interface HammerOptions {
  /** Requests under way at a time. Default: 8. */
  readonly connections?: number
  /** Milliseconds after which a request counts as failed. Default: 10 seconds. */
  readonly timeoutMs?: number
}

/** Sends requests without a pause, each on a connection of its own, until it is stopped. */
export function hammer(url: string, options: HammerOptions = {}): Promise<Sampler<HammerReport>> {
  const { connections = 8, timeoutMs = 10_000 } = options
  const task: HammerTask = { url, connections, timeoutMs }
  return startSampler(new URL('./sampler/hammer.ts', import.meta.url), task)
}

async function startSampler<Task, Report>(module: URL, task: Task): Promise<Sampler<Report>> {
  const stopFlag = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(module, { workerData: { task, stopFlag } })
  const report = new Promise<Report>((resolve, reject) => {
    worker.on('message', (message: 'started' | Report) => {
      if (message !== 'started') resolve(message)
    })
    worker.once('error', reject)
  })
  // The failure is for whoever stops it.
  report.catch(() => undefined)
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
  // A sampler that nobody stopped does not keep the process up.
  worker.unref()
  return {
    progress: () => Atomics.load(stopFlag, 1),
    stop: async () => {
      worker.ref()
      Atomics.store(stopFlag, 0, 1)
      const seen = await report
      await worker.terminate()
      return seen
    },
  }
}
