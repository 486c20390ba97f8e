import { type JobEnd, type RunAnswer, type ScheduleName, scheduleNames } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** How the jobs by the clock of one host ended. */
export interface JobEnds {
  /** The last run of each, whoever asked for it. */
  last(): Promise<ReadonlyMap<ScheduleName, JobEnd>>
  /** Keeps an end as the last of its job, and answers the request that asked for it. */
  keep(answer: RunAnswer, request: string | null): Promise<void>
}

export function createJobEnds(redis: RedisClient, host: string): JobEnds {
  const keys = keysOf(host)
  return {
    async last() {
      const found = await redis.hgetall(keys.runs)
      const ends = scheduleNames.flatMap((name): [ScheduleName, JobEnd][] => {
        const end = parseJson<JobEnd>(found[name])
        return end ? [[name, end]] : []
      })
      return new Map(ends)
    },
    async keep(answer, request) {
      const { prune, ...end } = answer
      const writing = redis.multi()
      // A plan is not a run: it must not make people believe that the host was pruned.
      if (!prune?.isDryRun) writing.hset(keys.runs, end.name, JSON.stringify(end))
      if (request) writing.set(keys.run(request), JSON.stringify(answer), 'EX', limits.answerSeconds)
      await writing.exec()
    },
  }
}
