import { keyPrefix } from '@slipway/core'
import { Queue } from 'bullmq'
import type { RedisClient } from './connection.ts'

/** One queue of each host, opened when it is first needed, over a connection that somebody else closes. */
export interface HostQueues {
  use<T>(host: string, work: (queue: Queue) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function openHostQueues(redis: RedisClient, nameOf: (host: string) => string): HostQueues {
  const queues = new Map<string, Queue>()

  function queueOf(host: string): Queue {
    const known = queues.get(host)
    if (known) return known
    const queue = new Queue(nameOf(host), {
      connection: redis,
      prefix: keyPrefix(host),
      skipWaitingForReady: true,
    })
    // Without a listener an error event would end the process; whoever calls hears of it by the call.
    queue.on('error', () => {})
    queues.set(host, queue)
    return queue
  }

  return {
    async use(host, work) {
      const queue = queueOf(host)
      try {
        return await work(queue)
      } catch (error) {
        // A Queue that was made while Redis was away keeps failing when it is back.
        queues.delete(host)
        queue.close().catch(() => {})
        throw error
      }
    },
    close: async () => void (await Promise.allSettled([...queues.values()].map((queue) => queue.close()))),
  }
}
