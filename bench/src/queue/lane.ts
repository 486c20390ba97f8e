import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { QueueEvents } from 'bullmq'

/** One way for a nudge to get from its sender to a worker. */
export interface Lane {
  readonly name: string
  /** Milliseconds from the call that sends a nudge to the news that its job is active. */
  sample(project: string): Promise<number>
}

export interface LaneOptions {
  readonly name: string
  readonly events: QueueEvents
  /** Sends a nudge for a project. */
  readonly send: (project: string) => Promise<unknown>
}

interface JobEvent {
  readonly jobId: string
}

const patienceMs = 30_000
/** After a job's end its worker says so, asks for a further one and waits again. */
const pauseMs = 20

/** Tells of the jobs of a queue; the news takes the same way whatever the queue is. */
export async function openEvents(url: string, queue: string, prefix: string): Promise<QueueEvents> {
  const events = new QueueEvents(queue, { prefix, connection: { url, maxRetriesPerRequest: null } })
  await events.waitUntilReady()
  return events
}

export function openLane({ name, events, send }: LaneOptions): Lane {
  return {
    name,
    async sample(project) {
      const patience = AbortSignal.timeout(patienceMs)
      const stop = new AbortController()
      const signal = AbortSignal.any([patience, stop.signal])
      const next = async (event: string) => {
        const [about] = await once(events, event, { signal })
        const at = performance.now()
        const { jobId }: JobEvent = about
        return { jobId, at }
      }
      const begins = next('active')
      const ends = Promise.race([next('completed'), next('failed')])
      const begun = performance.now()
      const sent = send(project)
      const [active, ended] = await Promise.all([begins, ends, sent])
      stop.abort()
      if (active.jobId !== ended.jobId) throw new Error(`${name}: two jobs were under way at once`)
      await delay(pauseMs + Math.random() * pauseMs)
      return active.at - begun
    },
  }
}
