import { boundReport, type Verification } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** What the looks at the live releases of one host have found. */
export interface DriftStore {
  /** The last look at a project that found something out; null when there was none that is remembered. */
  last(project: string): Promise<Verification | null>
  /** Keeps what was found, and answers the request that asked for it. Long lists are cut. */
  keep(found: Verification, request: string | null): Promise<void>
}

export function createDriftStore(redis: RedisClient, host: string): DriftStore {
  const keys = keysOf(host)
  return {
    last: async (project) => parseJson<Verification>((await redis.get(keys.verified(project))) ?? undefined),
    async keep(found, request) {
      const text = JSON.stringify({ ...found, report: found.report && boundReport(found.report) })
      const writing = redis.multi()
      // What could not look must not hide what an earlier look has found.
      if (found.report) writing.set(keys.verified(found.project), text, 'EX', limits.endedSeconds)
      if (request) writing.set(keys.verification(request), text, 'EX', limits.answerSeconds)
      await writing.exec()
    },
  }
}
