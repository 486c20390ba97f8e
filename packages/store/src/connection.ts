import type { Config } from '@slipway/core'
import { Redis, type RedisOptions } from 'ioredis'
import { acceptScript, takeScript } from './scripts.ts'

/** Where Redis is and who we are there. */
export interface RedisSettings {
  readonly url: string
  readonly username: string | undefined
  readonly password: string | undefined
}

const firstRetry = 50
const longestRetry = 2_000

/** From the configuration; without `redis` it is the embedded one, by its Unix socket below `state_dir`. */
export function redisSettings(config: Pick<Config, 'redis' | 'state_dir'>, password?: string): RedisSettings {
  return {
    url: config.redis?.url ?? `unix://${embeddedSocket(config.state_dir)}`,
    username: config.redis?.username,
    password,
  }
}

/** Socket of the redis-server that `slipway redis` runs. */
export function embeddedSocket(stateDir: string): string {
  return `${stateDir}/redis/redis.sock`
}

/** For whoever answers a request: fails fast, so that the sender hears of it in time. */
export function connectFailingFast(settings: RedisSettings): Redis {
  return open(settings, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 2_000,
    connectTimeout: 2_000,
  })
}

/** For a worker: waits until Redis is back. */
export function connectWaiting(settings: RedisSettings): Redis {
  return open(settings, { maxRetriesPerRequest: null, connectTimeout: 5_000 })
}

function open(settings: RedisSettings, behaviour: Omit<RedisOptions, 'replyMapping'>): Redis {
  const common = {
    ...behaviour,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    retryStrategy: (times: number) => Math.min(firstRetry * 2 ** Math.min(times, 10), longestRetry),
    scripts: {
      slipwayAccept: { lua: acceptScript, numberOfKeys: 4 },
      slipwayTake: { lua: takeScript, numberOfKeys: 1 },
    },
  }
  if (!settings.url.startsWith('unix://')) return new Redis(settings.url, common)
  return new Redis({ ...common, path: settings.url.slice('unix://'.length) })
}
