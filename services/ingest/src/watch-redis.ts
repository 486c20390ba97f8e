import { asSlipwayError, type SlipwayError } from '@slipway/core'
import { type RedisClient, readServerFacts, requireKeeping } from '@slipway/store'
import type { FastifyBaseLogger } from 'fastify'

export interface RedisWatch {
  /** Resolves at the first word from Redis, good or bad, or when it says nothing for a while. */
  readonly firstWord: Promise<void>
  /** Resolves when a server answers that may drop what it accepted: ingest must not run on it. */
  readonly unsuitable: Promise<SlipwayError>
}

const patience = 2_500

/** Looks at the server each time a connection stands, since it may be another one, and logs when it comes and goes. */
export function watchRedis(redis: RedisClient, log: FastifyBaseLogger): RedisWatch {
  const firstWord = Promise.withResolvers<void>()
  const unsuitable = Promise.withResolvers<SlipwayError>()
  const timer = setTimeout(firstWord.resolve, patience)
  let lost = false

  async function look(): Promise<void> {
    try {
      const facts = await readServerFacts(redis)
      requireKeeping(facts)
      log.info({ version: facts.version, appendOnly: facts.appendOnly }, 'redis answers')
      if (!facts.appendOnly) log.warn('redis keeps no append-only file: a crash of it loses accepted pushes')
    } catch (cause) {
      const error = asSlipwayError(cause)
      if (error.code === 'REDIS_UNSUITABLE') unsuitable.resolve(error)
      else log.warn({ err: error }, 'redis could not be asked about its settings')
    }
  }

  redis.on('ready', () => {
    lost = false
    void look().finally(firstWord.resolve)
  })
  redis.on('error', (error: Error) => {
    if (!lost) log.warn({ err: error }, 'redis is not reachable')
    lost = true
    firstWord.resolve()
  })
  void firstWord.promise.finally(() => clearTimeout(timer))
  return { firstWord: firstWord.promise, unsuitable: unsuitable.promise }
}
