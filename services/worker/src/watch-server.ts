import { asSlipwayError, type SlipwayError } from '@slipway/core'
import { type ReconcileStore, type RedisClient, readServerFacts, requireKeeping } from '@slipway/store'
import type { Logger } from 'pino'

export interface ServerWatchOptions {
  readonly redis: RedisClient
  readonly book: Pick<ReconcileStore, 'epoch'>
  readonly log: Logger
  /** The server that answers now may drop what it accepted: the worker must not go on with it. */
  readonly onUnsuitable: (error: SlipwayError) => void
  /** Redis was emptied, or is another one. */
  readonly onEmptied: () => Promise<void>
  /** Puts back what somebody took away by hand and nothing else would miss. */
  readonly keepSchedules: () => Promise<void>
}

/** Milliseconds; an emptied server that never went away is noticed by this alone. */
const every = 30_000

/**
 * Looks at the server each time the connection stands again, since it may be another one, and now and then in between.
 * `known` is the mark of the server as it was met first.
 */
export function watchServer(options: ServerWatchOptions, known: string): { stop(): void } {
  const { redis, book, log, onUnsuitable, onEmptied, keepSchedules } = options
  let epoch = known
  let isLooking = false

  async function look(): Promise<void> {
    try {
      const facts = await readServerFacts(redis)
      requireKeeping(facts)
      const found = await book.epoch()
      await keepSchedules()
      if (found === epoch) return
      log.error('redis has lost what it knew: was it emptied, or put in the place of another one?')
      await onEmptied()
      // Only now: without its schedules nothing else would look again.
      epoch = found
    } catch (cause) {
      const error = asSlipwayError(cause)
      if (error.code === 'REDIS_UNSUITABLE') onUnsuitable(error)
      else log.warn({ error: error.message }, 'redis could not be looked at')
    }
  }

  const wake = () => {
    if (isLooking) return
    isLooking = true
    void look().finally(() => {
      isLooking = false
    })
  }
  redis.on('ready', wake)
  const timer = setInterval(wake, every)
  return {
    stop() {
      redis.off('ready', wake)
      clearInterval(timer)
    },
  }
}
