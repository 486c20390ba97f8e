import { deployQueueName, nudgeName, nudgeOptions, type RetryPolicy } from '@slipway/core'
import type { Queue } from 'bullmq'
import type { RedisClient } from './connection.ts'
import { openHostQueues } from './host-queues.ts'

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
  const { use, close } = openHostQueues(redis, deployQueueName)

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
    close,
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
