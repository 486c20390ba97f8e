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
      node: redis.url.slice('unix://'.length),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      evictionPolicy: 'noeviction',
      appendOnly: true,
    })
    await redis.connection.config('SET', 'maxmemory-policy', 'allkeys-lru')

    expect((await readServerFacts(redis.connection)).evictionPolicy).toBe('allkeys-lru')
  })
})

describe('requireKeeping', () => {
  const kept = { node: '10.0.0.1:6379', version: '7.0.15', evictionPolicy: 'noeviction', appendOnly: true }

  it('accepts a server that keeps every key', () => {
    expect(() => requireKeeping(kept)).not.toThrow()
  })

  it.each(['allkeys-lru', 'volatile-ttl', ''])('refuses the policy "%s" and names the server', (policy) => {
    expect(() => requireKeeping({ ...kept, evictionPolicy: policy })).toThrow(
      expect.objectContaining({
        code: 'REDIS_UNSUITABLE',
        message: `Redis at 10.0.0.1:6379 evicts keys by the policy "${policy}"; set maxmemory-policy to noeviction.`,
      }),
    )
  })
})
