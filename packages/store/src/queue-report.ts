import { deployQueueName, maintenanceQueueName } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { openHostQueues } from './host-queues.ts'

const states = ['waiting', 'active', 'delayed', 'failed'] as const

/** How many jobs a queue of a host has in each state. */
export interface QueueCounts {
  readonly host: string
  readonly queue: 'deploy' | 'maintenance'
  readonly counts: Readonly<Record<(typeof states)[number], number>>
}

/** Looks at the queues of hosts, over a connection that somebody else closes. */
export interface QueueReport {
  /** The cost grows with hosts, not with jobs or projects. */
  counts(hosts: readonly string[]): Promise<QueueCounts[]>
  close(): Promise<void>
}

export function createQueueReport(redis: RedisClient): QueueReport {
  const kinds = [
    { queue: 'deploy', queues: openHostQueues(redis, deployQueueName) },
    { queue: 'maintenance', queues: openHostQueues(redis, maintenanceQueueName) },
  ] as const

  return {
    counts(hosts) {
      const asked = hosts.flatMap((host) =>
        kinds.map(async ({ queue, queues }): Promise<QueueCounts> => {
          const found = await queues.use(host, (one) => one.getJobCounts(...states, 'prioritized'))
          const of = (state: string) => found[state] ?? 0
          // Whatever it waits behind, it waits.
          const waiting = of('waiting') + of('prioritized')
          const counts = { waiting, active: of('active'), delayed: of('delayed'), failed: of('failed') }
          return { host, queue, counts }
        }),
      )
      return Promise.all(asked)
    },
    close: async () => void (await Promise.all(kinds.map(({ queues }) => queues.close()))),
  }
}
