import { randomBytes } from 'node:crypto'
import { maintenanceQueueName, readVerifyRequest, type Verification, verifyName } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { createDriftStore } from './drift-store.ts'
import { openHostQueues } from './host-queues.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** Where a request is: nobody has taken it, a worker is at it, or it has ended. */
export type RequestState = 'waiting' | 'active' | 'ended'

/** Where people ask whether live releases are what they were: the worker of the host looks and answers. */
export interface VerifyDesk {
  /** Resolves with the name of the request. One that still waits for a worker is joined. */
  ask(host: string, project: string, quick: boolean): Promise<string>
  /** Null as long as there is none. */
  answer(host: string, request: string): Promise<Verification | null>
  state(host: string, request: string): Promise<RequestState>
  /** What the last look found, whoever asked for it. */
  last(host: string, project: string): Promise<Verification | null>
  /** Leaves the connection to whoever opened it. */
  close(): Promise<void>
}

const mostJoined = 50

export function createVerifyDesk(redis: RedisClient): VerifyDesk {
  const { use, close } = openHostQueues(redis, maintenanceQueueName)

  async function waiting(host: string, project: string, quick: boolean): Promise<string | null> {
    const jobs = await use(host, (queue) => queue.getWaiting(0, mostJoined))
    for (const job of jobs) {
      const found = job?.name === verifyName ? readVerifyRequest(job.data) : null
      if (found?.project === project && found.quick === quick && found.request) return found.request
    }
    return null
  }

  return {
    async ask(host, project, quick) {
      const joined = await waiting(host, project, quick)
      if (joined) return joined
      const request = `v${randomBytes(8).toString('hex')}`
      const options = {
        jobId: request,
        sizeLimit: 2_048,
        removeOnComplete: { count: limits.maintenanceJobs },
        removeOnFail: { count: limits.maintenanceJobs },
      }
      await use(host, (queue) => queue.add(verifyName, { project, quick, request }, options))
      return request
    },
    answer: async (host, request) =>
      parseJson<Verification>((await redis.get(keysOf(host).verification(request))) ?? undefined),
    async state(host, request) {
      const state = await use(host, (queue) => queue.getJobState(request))
      if (state === 'active') return 'active'
      return state === 'completed' || state === 'failed' || state === 'unknown' ? 'ended' : 'waiting'
    },
    last: (host, project) => createDriftStore(redis, host).last(project),
    close,
  }
}
