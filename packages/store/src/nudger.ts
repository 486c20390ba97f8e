import { deployQueueName, keyPrefix, nudgeName, nudgeOptions, type RetryPolicy } from '@slipway/core'
import { Queue } from 'bullmq'
import type { RedisClient } from './connection.ts'

/** Wakes the workers of hosts, over a connection that somebody else closes. */
export interface Nudger {
  /** Makes the worker of a host look at a project at once; a pause before a further attempt ends with it. */
  nudge(host: string, project: string): Promise<void>
  /** The same, unless a job for the project is there already, whatever it waits for. True when it was nudged. */
  nudgeIfIdle(host: string, project: string): Promise<boolean>
  close(): Promise<void>
}

const underWay: ReadonlySet<string> = new Set([
  'active',
  'waiting',
  'delayed',
  'prioritized',
  'waiting-children',
])

export function createNudger(redis: RedisClient, retry: RetryPolicy): Nudger {
  const queues = new Map<string, Queue>()

  function queueOf(host: string): Queue {
    const known = queues.get(host)
    if (known) return known
    const queue = new Queue(deployQueueName(host), {
      connection: redis,
      prefix: keyPrefix(host),
      skipWaitingForReady: true,
    })
    // Without a listener an error event would end the process; whoever calls hears of it by the call.
    queue.on('error', () => {})
    queues.set(host, queue)
    return queue
  }

  async function use<T>(host: string, work: (queue: Queue) => Promise<T>): Promise<T> {
    const queue = queueOf(host)
    try {
      return await work(queue)
    } catch (error) {
      // A Queue that was made while Redis was away keeps failing when it is back.
      queues.delete(host)
      queue.close().catch(() => {})
      throw error
    }
  }

  async function nudge(host: string, project: string): Promise<void> {
    await use(host, (queue) => queue.add(nudgeName, { project }, nudgeOptions(project, retry)))
  }

  return {
    nudge,
    async nudgeIfIdle(host, project) {
      const isThere = await use(host, (queue) => isUnderWay(queue, project))
      if (isThere) return false
      await nudge(host, project)
      return true
    },
    close: async () => void (await Promise.allSettled([...queues.values()].map((queue) => queue.close()))),
  }
}

async function isUnderWay(queue: Queue, project: string): Promise<boolean> {
  const id = await queue.getDeduplicationJobId(project)
  const job = id && (await queue.getJob(id))
  // A key that names a job which is gone is replaced by the next nudge.
  if (!job) return false
  if (underWay.has(await job.getState())) return true
  // One that names a job which has ended swallows every nudge of its project. It goes only if it still names this one.
  await job.removeDeduplicationKey()
  return false
}
