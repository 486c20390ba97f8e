import type { Config } from '@slipway/core'
import { createMaintenanceDesk, type MaintenanceDesk } from '@slipway/store'
import type { CommandContext } from './command.ts'
import { openRedis, type RedisConnection } from './open-redis.ts'

/** Does something with the desk where workers are asked, and closes it. */
export async function withDesk<T>(
  config: Config,
  { environment }: Pick<CommandContext, 'environment'>,
  work: (tools: { readonly desk: MaintenanceDesk; readonly redis: RedisConnection }) => Promise<T>,
): Promise<T> {
  const redis = await openRedis(config, environment)
  const desk = createMaintenanceDesk(redis)
  try {
    return await work({ desk, redis })
  } finally {
    await desk.close()
    redis.disconnect()
  }
}
