import { once } from 'node:events'
import { type Environment, readRedisSecrets } from '@slipway/config-file'
import { type Config, SlipwayError } from '@slipway/core'
import { connectFailingFast, describeRedis, type RedisClient, redisSettings } from '@slipway/store'

export type RedisConnection = RedisClient

const patience = 3_000

/**
 * A connection that is ready and fails fast; whoever asks for it disconnects it.
 * @throws SlipwayError SECRET_UNAVAILABLE, REDIS_UNAVAILABLE
 */
export async function openRedis(config: Config, environment: Environment): Promise<RedisConnection> {
  const settings = redisSettings(config, await readRedisSecrets(config, environment))
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
    throw new SlipwayError(
      'REDIS_UNAVAILABLE',
      `Redis does not answer at ${describeRedis(settings)}${reason(last)}.`,
      {
        cause: last ?? cause,
      },
    )
  }
}

function reason(error: unknown): string {
  // Of a cluster that no node speaks for, the error of the last one says more.
  const own = error instanceof Error && 'lastNodeError' in error ? (error.lastNodeError ?? error) : error
  return own instanceof Error && own.message ? ` (${own.message})` : ''
}
