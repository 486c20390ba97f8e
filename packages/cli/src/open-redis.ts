import { once } from 'node:events'
import { type Environment, readRedisPassword } from '@slipway/config-file'
import { type Config, SlipwayError } from '@slipway/core'
import { connectFailingFast, redisSettings } from '@slipway/store'

export type RedisConnection = ReturnType<typeof connectFailingFast>

const patience = 3_000

/**
 * A connection that is ready and fails fast; whoever asks for it disconnects it.
 * @throws SlipwayError SECRET_UNAVAILABLE, REDIS_UNAVAILABLE
 */
export async function openRedis(config: Config, environment: Environment): Promise<RedisConnection> {
  const settings = redisSettings(config, await readRedisPassword(config, environment))
  const redis = connectFailingFast(settings)
  let last: unknown
  redis.on('error', (error) => {
    last = error
  })
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(patience) })
    return redis
  } catch (cause) {
    redis.disconnect()
    throw new SlipwayError('REDIS_UNAVAILABLE', `Redis does not answer at ${settings.url}${reason(last)}.`, {
      cause: last ?? cause,
    })
  }
}

function reason(error: unknown): string {
  return error instanceof Error && error.message ? ` (${error.message})` : ''
}
