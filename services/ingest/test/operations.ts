import { connectFailingFast } from '@slipway/store'
import { createOperations, type Operations } from '../src/ops/operations.ts'
import { configOf } from './config.ts'

/** Operations over a Redis that is not there. */
export function operationsWithoutRedis(config = configOf({})): Operations {
  const redis = connectFailingFast({
    url: 'unix:///nowhere/redis.sock',
    username: undefined,
    password: undefined,
  })
  redis.on('error', () => {})
  return createOperations({ redis, config, clock: Date })
}
