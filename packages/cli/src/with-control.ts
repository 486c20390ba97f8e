import type { Config } from '@slipway/core'
import { type Control, createControl } from '@slipway/store'
import type { CommandContext } from './command.ts'
import { openRedis, type RedisConnection } from './open-redis.ts'

export interface ControlTools {
  readonly redis: RedisConnection
  readonly control: Control
}

/**
 * Does something over a connection of its own, which is closed in the end.
 * @throws SlipwayError SECRET_UNAVAILABLE, REDIS_UNAVAILABLE, and what `work` throws
 */
export async function withControl<T>(
  config: Config,
  { environment, clock }: Pick<CommandContext, 'environment' | 'clock'>,
  work: (tools: ControlTools) => Promise<T>,
): Promise<T> {
  const redis = await openRedis(config, environment)
  const control = createControl({ redis, retry: config.retry, clock })
  try {
    return await work({ redis, control })
  } finally {
    await control.close()
    redis.disconnect()
  }
}
