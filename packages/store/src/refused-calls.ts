import { type Clock, type RefusalReason, refusalReasons } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { fieldsOf } from './deployment-record.ts'
import { refusedCallsKey } from './keys.ts'
import { limits } from './limits.ts'

/** Calls of webhooks that were refused alike within a short time. Nothing of it is the caller's own words. */
export interface RefusedCalls {
  /** When the first of them came, in milliseconds since 1970. */
  readonly at: number
  /** Null when there is no such hook. */
  readonly hook: string | null
  readonly source: string | null
  readonly reason: RefusalReason
  /** Address of the caller; null for several together. */
  readonly peer: string | null
  /** What they were answered with. */
  readonly status: number
  readonly count: number
}

export interface SoughtCalls {
  /** Milliseconds since 1970; what came before is left out. */
  readonly since: number
  readonly hook?: string | undefined
  /** Lines at most; the newest of those that fit. */
  readonly most: number
}

/** The audit of calls that were refused: so many lines and so many days, whatever comes in. */
export interface RefusedCallsStore {
  write(calls: readonly RefusedCalls[]): Promise<void>
  /** The newest first. */
  read(sought: SoughtCalls): Promise<RefusedCalls[]>
}

/** Lines that are read at once. */
const page = 1_000
/** Milliseconds that the clock of Redis, which numbers the lines, may be behind ours. */
const skew = 60_000

export function createRefusedCallsStore(redis: RedisClient, clock: Clock): RefusedCallsStore {
  return {
    async write(calls) {
      if (calls.length === 0) return
      const writing = redis.multi()
      for (const call of calls) {
        const fields = Object.entries(call).map(([name, value]) => [name, value ?? ''])
        writing.xadd(refusedCallsKey, 'MAXLEN', '~', limits.refusedCalls, '*', ...fields.flat())
      }
      const oldest = clock.now() - limits.refusedCallsSeconds * 1_000
      writing.xtrim(refusedCallsKey, 'MINID', '~', Math.max(0, oldest))
      const answers = (await writing.exec()) ?? []
      for (const [error] of answers) if (error) throw error
    },
    async read({ since, hook, most }) {
      const found: RefusedCalls[] = []
      let end = '+'
      while (found.length < most) {
        const lines = await redis.xrevrange(refusedCallsKey, end, Math.max(0, since - skew), 'COUNT', page)
        for (const [, pairs] of lines) {
          const call = readCalls(fieldsOf(pairs))
          if (call && call.at >= since && (hook === undefined || call.hook === hook)) found.push(call)
        }
        const last = lines.at(-1)
        if (!last || lines.length < page) break
        end = `(${last[0]}`
      }
      return found.slice(0, most)
    },
  }
}

function readCalls(fields: Readonly<Record<string, string>>): RefusedCalls | null {
  const reason = refusalReasons.find((one) => one === fields.reason)
  if (!reason) return null
  return {
    at: Number(fields.at),
    hook: fields.hook || null,
    source: fields.source || null,
    reason,
    peer: fields.peer || null,
    status: Number(fields.status),
    count: Number(fields.count),
  }
}
