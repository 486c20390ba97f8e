import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { ask } from './ask.ts'

export interface VisitorsTask {
  readonly url: string
  readonly connections: number
  /** Milliseconds between an answer and the next request of the same visitor. */
  readonly pause: number
}

export interface VisitorsReport {
  readonly total: number
  /** How often a request failed for each reason. */
  readonly failures: Readonly<Record<string, number>>
  /** How many answers came from each version. */
  readonly answers: Readonly<Record<string, number>>
  /** Milliseconds. */
  readonly slowest: number
}

if (parentPort) parentPort.postMessage(await visit(workerData))

async function visit({ task, flags }: { task: VisitorsTask; flags: Int32Array }): Promise<VisitorsReport> {
  const { url, connections, pause } = task
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const failures: Record<string, number> = {}
  const answers: Record<string, number> = {}
  let [total, slowest] = [0, 0]
  const one = async () => {
    while (Atomics.load(flags, 0) === 0) {
      const begun = performance.now()
      const counted = await ask(url, agent).then(
        (version) => ({ in: answers, as: version }),
        (cause: unknown) => ({ in: failures, as: cause instanceof Error ? cause.message : String(cause) }),
      )
      counted.in[counted.as] = (counted.in[counted.as] ?? 0) + 1
      slowest = Math.max(slowest, performance.now() - begun)
      total += 1
      Atomics.store(flags, 1, total)
      await delay(pause)
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  agent.destroy()
  return { total, failures, answers, slowest }
}
