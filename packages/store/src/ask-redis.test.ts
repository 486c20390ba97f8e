import { SlipwayError } from '@slipway/core'
import { describe, expect, it } from 'vitest'
import { startRedis } from '../test/redis-server.ts'
import { askRedis } from './ask-redis.ts'

describe('askRedis', () => {
  it('is what was asked for', async () => {
    expect(await askRedis(Promise.resolve(5))).toBe(5)
  })

  it('leaves a verdict of ours as it is', async () => {
    const verdict = new SlipwayError('DEPLOYMENT_ENDED', 'over')

    await expect(askRedis(Promise.reject(verdict))).rejects.toBe(verdict)
  })

  it('says in time that a Redis which is silent is not available', async () => {
    await using redis = await startRedis()
    const connection = await redis.connect()
    redis.freeze()

    const answer = askRedis(connection.ping(), 100)

    await expect(answer).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retryAfterMs: 100 })
    redis.thaw()
    connection.disconnect()
  })

  it('says what Redis said when it refuses', async () => {
    await using redis = await startRedis()
    await redis.connection.set('text', 'a')

    const answer = askRedis(redis.connection.hgetall('text'))

    await expect(answer).rejects.toThrow(/Redis did not do what was asked \(WRONGTYPE/)
  })
})
