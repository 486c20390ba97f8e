import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { readServerFacts, requireKeeping } from './server-facts.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

describe('readServerFacts', () => {
  it('reads what the server says of itself', async () => {
    expect(await readServerFacts(redis.connection)).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      evictionPolicy: 'noeviction',
      appendOnly: true,
    })
    await redis.connection.config('SET', 'maxmemory-policy', 'allkeys-lru')

    expect((await readServerFacts(redis.connection)).evictionPolicy).toBe('allkeys-lru')
  })
})

describe('requireKeeping', () => {
  it('accepts a server that keeps every key', () => {
    expect(() =>
      requireKeeping({ version: '7', evictionPolicy: 'noeviction', appendOnly: true }),
    ).not.toThrow()
  })

  it.each(['allkeys-lru', 'volatile-ttl', ''])('refuses the policy "%s"', (evictionPolicy) => {
    expect(() => requireKeeping({ version: '7', evictionPolicy, appendOnly: true })).toThrow(
      expect.objectContaining({ code: 'REDIS_UNSUITABLE' }),
    )
  })
})
