import type { PollRecord } from '@slipway/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { limits } from './limits.ts'
import { createPollStore, pollRecord } from './poll-store.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const record: PollRecord = {
  askedAt: 1_000,
  nextAt: 301_000,
  backOffUntil: null,
  failures: 0,
  errorCode: null,
  why: null,
  answers: { latest: { tag: 'latest', digest, etag: null } },
}

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis[Symbol.asyncDispose]())

it('remembers what came of the polls of a host, and nothing of another', async () => {
  const book = createPollStore(redis.connection, 'web1')

  await book.save('shop', record)

  expect(await book.records(['blog', 'shop'])).toEqual(new Map([['shop', record]]))
  expect(await book.records([])).toEqual(new Map())
  expect(await createPollStore(redis.connection, 'web2').records(['shop'])).toEqual(new Map())
  expect(await pollRecord(redis.connection, 'shop', { hosts: ['web1', 'web2'] })).toEqual(record)
  expect(await pollRecord(redis.connection, 'shop', { hosts: ['web2'] })).toBeNull()
})

it('remembers the tags that a rule has seen, for as long as anybody polls', async () => {
  const book = createPollStore(redis.connection, 'web1')

  expect(await book.seen('shop', '/v.*/')).toBeNull()
  await book.saveSeen('shop', '/v.*/', '')
  await book.saveSeen('shop', '/w.*/', 'abc')

  expect(await book.seen('shop', '/v.*/')).toBe('')
  expect(await book.seen('shop', '/w.*/')).toBe('abc')
  expect(await redis.connection.ttl('slipway:{web1}:polled-tags:shop')).toBe(limits.polledTagsSeconds)
})

it('forgets a pause when it is over', async () => {
  const book = createPollStore(redis.connection, 'web1')
  const now = Date.now()

  await book.pause('registry.example.com:5000', now + 60_000, now)
  await book.pause('short.example.com', now + 1, now)
  await book.pause('past.example.com', now - 1, now)

  await expect.poll(() => redis.connection.exists('slipway:{web1}:poll-pause:short.example.com')).toBe(0)
  expect(await book.pauses(['registry.example.com:5000', 'past.example.com'])).toEqual(
    new Map([
      ['registry.example.com:5000', now + 60_000],
      ['past.example.com', 0],
    ]),
  )
  expect(await book.pauses([])).toEqual(new Map())
})

it('keeps nothing of projects that are not polled any more', async () => {
  const book = createPollStore(redis.connection, 'web3')
  for (const project of ['shop', 'blog']) {
    await book.save(project, record)
    await book.saveSeen(project, '/v.*/', 'abc')
  }

  await book.keepOnly(['shop'])
  await book.keepOnly(['shop'])

  expect((await redis.connection.keys('slipway:{web3}:*')).toSorted()).toEqual([
    'slipway:{web3}:polled-tags:shop',
    'slipway:{web3}:polls',
  ])
  expect(await redis.connection.hkeys('slipway:{web3}:polls')).toEqual(['shop'])
})

it('makes nothing of a record that was spoilt', async () => {
  await redis.connection.hset('slipway:{web1}:polls', 'spoilt', '{"askedAt":')

  expect(await createPollStore(redis.connection, 'web1').records(['spoilt'])).toEqual(new Map())
})
