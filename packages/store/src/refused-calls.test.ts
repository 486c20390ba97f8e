import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { limits } from './limits.ts'
import { createRefusedCallsStore, type RefusedCalls, type RefusedCallsStore } from './refused-calls.ts'

const call: Omit<RefusedCalls, 'at'> = {
  ...{ hook: 'main', source: 'acr', reason: 'proof-wrong', peer: '2001:db8::1', status: 404, count: 3 },
}

let redis: TestRedis
let store: RefusedCallsStore
let now: number

beforeAll(async () => {
  redis = await startRedis()
  store = createRefusedCallsStore(redis.connection, { now: () => now })
})
beforeEach(async () => {
  // Lines are numbered by the clock of Redis.
  now = Date.now()
  await redis.connection.flushall()
})
afterAll(() => redis[Symbol.asyncDispose]())

it('gives back what was written, the newest first', async () => {
  const first = { ...call, at: now - 2 }
  const second: RefusedCalls = {
    ...{ at: now - 1, hook: null, source: null, reason: 'unknown-hook', peer: null, status: 404, count: 1 },
  }
  await store.write([first])
  await store.write([second])

  expect(await store.read({ since: 0, most: 10 })).toEqual([second, first])
  expect(await store.read({ since: 0, most: 1 })).toEqual([second])
  expect(await store.read({ since: 0, hook: 'main', most: 10 })).toEqual([first])
  expect(await store.read({ since: now - 1, most: 10 })).toEqual([second])
  expect(await store.read({ since: now + 1, most: 10 })).toEqual([])
})

it('finds what is far behind among others', async () => {
  const sought = { ...call, hook: 'rare', at: now }
  await store.write([sought])
  await store.write(Array.from({ length: 2_500 }, () => ({ ...call, at: now })))

  expect(await store.read({ since: 0, hook: 'rare', most: 10 })).toEqual([sought])
})

it('keeps so many lines, whatever comes in', async () => {
  for (let left = 15; left > 0; left -= 1)
    await store.write(Array.from({ length: 1_000 }, () => ({ ...call, at: now })))

  const [key = ''] = await redis.connection.keys('*')
  const lines = await redis.connection.xlen(key)
  expect(lines).toBeGreaterThanOrEqual(limits.refusedCalls)
  expect(lines).toBeLessThan(limits.refusedCalls * 1.1)
})

it('forgets what is old', async () => {
  await store.write(Array.from({ length: 500 }, () => ({ ...call, at: now })))
  now += limits.refusedCallsSeconds * 1_000 + 60_000

  await store.write([{ ...call, at: now }])

  const [key = ''] = await redis.connection.keys('*')
  expect(await redis.connection.xlen(key)).toBeLessThan(200)
})

it('does not hide that Redis refuses', async () => {
  await redis.connection.config('SET', 'maxmemory', '1')
  try {
    await expect(store.write([{ ...call, at: now }])).rejects.toThrow()
  } finally {
    await redis.connection.config('SET', 'maxmemory', '0')
  }
})
