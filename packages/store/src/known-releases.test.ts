import type { KnownRelease } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { knownReleases } from './known-releases.ts'
import { createReconcileStore } from './reconcile-store.ts'
import { createRunStore } from './run-store.ts'

const release: KnownRelease = {
  name: '7-0123456789ab-ab12',
  digest: `sha256:${'ab'.repeat(32)}`,
  tag: 'v1',
  status: 'live',
  seq: 7,
  copiedAt: 5,
  present: true,
  live: true,
}
const hosts = ['web1', 'web2']

let redis: TestRedis
let now = 0
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  now = 1_000
  await redis.connection.flushall()
})
afterAll(() => redis[Symbol.asyncDispose]())

const read = () => knownReleases(redis.connection, 'shop', { hosts })

describe('the releases of a project', () => {
  it('are what each host told last, and when', async () => {
    const runs = createRunStore(redis.connection, 'web1', { now: () => now })
    await runs.saveReleases('shop', [release])
    now = 2_000
    await runs.saveReleases('shop', [{ ...release, present: false, live: false }])

    expect(await read()).toEqual([
      { host: 'web1', at: 2_000, releases: [{ ...release, present: false, live: false }] },
      { host: 'web2', at: null, releases: [] },
    ])
  })

  it('are told again by reconcile when they differ, or when Redis is another', async () => {
    const book = createReconcileStore(redis.connection, 'web1')
    const tell = async (releases: readonly KnownRelease[], epoch = 'a') => {
      now += 1
      await book.tellReleases('shop', releases, { epoch, at: now })
      return (await read())[0]?.at
    }

    expect(await tell([release])).toBe(1_001)
    expect(await tell([release])).toBe(1_001)
    expect(await tell([])).toBe(1_003)
    await redis.connection.flushall()
    expect(await tell([], 'b')).toBe(1_004)
  })
})
