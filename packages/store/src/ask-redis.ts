import { SlipwayError } from '@slipway/core'
import { inTime } from './in-time.ts'

const defaultDeadline = 5_000

/**
 * What was asked of Redis, given up after a while; for a change that means: it may have been made.
 * @throws SlipwayError REDIS_UNAVAILABLE when Redis is away, refuses or is late; other SlipwayErrors as they are
 */
export async function askRedis<T>(work: Promise<T>, deadline: number = defaultDeadline): Promise<T> {
  try {
    return await inTime(work, deadline)
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new SlipwayError('REDIS_UNAVAILABLE', `Redis did not do what was asked (${said}).`, {
      cause,
      retryAfterMs: deadline,
    })
  }
}
