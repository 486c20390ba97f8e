import { randomBytes } from 'node:crypto'
import {
  type JobEnd,
  maintenanceQueueName,
  type Repeat,
  type RunAnswer,
  type RunRequest,
  readRunRequest,
  readVerifyRequest,
  runNames,
  type ScheduleName,
  scheduleNames,
  type Verification,
  verifyName,
} from '@slipway/core'
import type { Job, JobsOptions } from 'bullmq'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { createDriftStore } from './drift-store.ts'
import { openHostQueues } from './host-queues.ts'
import { createJobEnds } from './job-ends.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** Where a request is: nobody has taken it, a worker is at it, or it has ended. */
export type RequestState = 'waiting' | 'active' | 'ended'

/** A job by the clock as the queue of a host has it. */
export interface PlacedSchedule {
  readonly name: ScheduleName
  readonly repeat: Repeat
  /** Milliseconds since 1970. */
  readonly next: number | null
}

/** Where people ask the worker of a host for maintenance: it does what they ask for, and answers. */
export interface MaintenanceDesk {
  /** Has a live release looked at. Resolves with the name of the request; one that still waits is joined. */
  verify(host: string, project: string, quick: boolean): Promise<string>
  /** Null as long as there is no answer. */
  verification(host: string, request: string): Promise<Verification | null>
  /** What the last look found, whoever asked for it. */
  lastVerification(host: string, project: string): Promise<Verification | null>
  /** Has a job by the clock run now. Resolves with the name of the request; one that still waits is joined. */
  run(host: string, name: ScheduleName, asked: Omit<RunRequest, 'request' | 'by'> & Asker): Promise<string>
  /** Null as long as there is no answer. */
  answer(host: string, request: string): Promise<RunAnswer | null>
  state(host: string, request: string): Promise<RequestState>
  /** The jobs by the clock that a worker has put in place. */
  schedules(host: string): Promise<PlacedSchedule[]>
  /** How the last run of each ended. */
  lastRuns(host: string): Promise<ReadonlyMap<ScheduleName, JobEnd>>
  /** Leaves the connection to whoever opened it. */
  close(): Promise<void>
}

interface Asker {
  /** Who asks, as it is recorded. */
  readonly by: string
}

const mostJoined = 50

export function createMaintenanceDesk(redis: RedisClient): MaintenanceDesk {
  const { use, close } = openHostQueues(redis, maintenanceQueueName)

  /** Asks by a job of this name, unless one that waits asks for the same: `like` tells the request of such a job. */
  async function ask(host: string, kind: 'r' | 'v', job: AskedJob): Promise<string> {
    const waiting = await use(host, (queue) => queue.getWaiting(0, mostJoined))
    for (const one of waiting) {
      const joined = one?.name === job.name ? job.like(one) : null
      if (joined) return joined
    }
    const request = `${kind}${randomBytes(8).toString('hex')}`
    await use(host, (queue) => queue.add(job.name, { ...job.data, request }, optionsFor(request)))
    return request
  }

  return {
    verify: (host, project, quick) =>
      ask(host, 'v', {
        name: verifyName,
        data: { project, quick },
        like({ data }) {
          const found = readVerifyRequest(data)
          return found?.project === project && found.quick === quick ? found.request : null
        },
      }),
    verification: async (host, request) =>
      parseJson<Verification>((await redis.get(keysOf(host).verification(request))) ?? undefined),
    lastVerification: (host, project) => createDriftStore(redis, host).last(project),
    run: (host, name, { by, isDryRun }) =>
      ask(host, 'r', {
        name: runNames[name],
        data: { by, isDryRun },
        like({ data }) {
          const found = readRunRequest(data)
          return found?.isDryRun === isDryRun ? found.request : null
        },
      }),
    answer: async (host, request) =>
      parseJson<RunAnswer>((await redis.get(keysOf(host).run(request))) ?? undefined),
    async state(host, request) {
      const state = await use(host, (queue) => queue.getJobState(request))
      if (state === 'active') return 'active'
      return state === 'completed' || state === 'failed' || state === 'unknown' ? 'ended' : 'waiting'
    },
    async schedules(host) {
      const placed = await use(host, (queue) => queue.getJobSchedulers())
      return scheduleNames.flatMap((name): PlacedSchedule[] => {
        const one = placed.find(({ key }) => key === name)
        if (!one) return []
        const { every, pattern, tz, next } = one
        const repeat = pattern === undefined ? { every: Number(every) } : { pattern, ...(tz ? { tz } : {}) }
        return [{ name, repeat, next: next ?? null }]
      })
    },
    lastRuns: (host) => createJobEnds(redis, host).last(),
    close,
  }
}

interface AskedJob {
  readonly name: string
  readonly data: object
  readonly like: (waiting: Job) => string | null
}

function optionsFor(request: string): JobsOptions {
  return {
    jobId: request,
    sizeLimit: 2_048,
    removeOnComplete: { count: limits.maintenanceJobs },
    removeOnFail: { count: limits.maintenanceJobs },
  }
}
