import type { Outcome, Wanted } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { limits } from './limits.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
}
const start = Date.UTC(2026, 10, 23)
const release = '1795000000000000-0123456789ab-ab12'

let redis: TestRedis
let now: number
let pushes: PushStore
let store: RunStore
const clock = { now: () => now }

beforeAll(async () => {
  redis = await startRedis()
  pushes = createPushStore({ redis: await redis.connect(), retry: { attempts: 1, delay: 1 }, clock })
  store = createRunStore(redis.connection, 'web1', clock)
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await pushes.close()
  await redis[Symbol.asyncDispose]()
})

async function accept(): Promise<string> {
  const [accepted] = await pushes.accept([wanted], { kind: 'command', by: 'ada@desk' })
  return accepted?.deployment ?? expect.fail('nothing was accepted')
}

const ttl = (kind: string, id: string) => redis.connection.ttl(`slipway:{web1}:${kind}:${id}`)

describe('take', () => {
  it('gives nothing when nothing was ever wanted', async () => {
    expect(await store.take('shop')).toBeNull()
  })

  it('gives the newest want and marks its deployment as begun', async () => {
    await accept()
    const id = await accept()
    now += 1_000

    const taken = await store.take('shop')

    expect(taken).toMatchObject({ want: { ...wanted, deployment: id }, before: 'queued' })
    expect(await store.deployment(id)).toMatchObject({
      state: 'resolve',
      startedAt: start + 1_000,
      attempts: 1,
    })
  })

  it('counts attempts and keeps the time of the first', async () => {
    const id = await accept()
    await store.take('shop')
    await store.requeue(id, 'REGISTRY_UNAVAILABLE', 'no answer', [])
    now += 5_000

    const taken = await store.take('shop')

    expect(taken?.before).toBe('queued')
    expect(await store.deployment(id)).toMatchObject({
      startedAt: start,
      attempts: 2,
      state: 'resolve',
      errorCode: null,
      why: null,
    })
  })

  it('tells what a dead worker left under way', async () => {
    const id = await accept()
    await store.take('shop')
    await store.progress(id, 'pull')

    expect((await store.take('shop'))?.before).toBe('pull')
  })

  it.each<Outcome>([
    'live',
    'live-with-warnings',
    'already-live',
    'superseded',
    'rolled-back',
    'cancelled',
    'needs-operator',
  ])('leaves a deployment that ended as %s as it is', async (outcome) => {
    const id = await accept()
    await store.take('shop')
    await store.finish(id, { outcome })

    const taken = await store.take('shop')

    expect(taken).toMatchObject({ want: { deployment: id }, before: outcome })
    expect(await store.deployment(id)).toMatchObject({ state: outcome, attempts: 1, endedAt: start })
  })

  it('begins a failed one again, and it is kept again', async () => {
    const id = await accept()
    await store.take('shop')
    await store.finish(id, { outcome: 'failed', errorCode: 'DISK_FULL', why: 'no space' })

    const taken = await store.take('shop')

    expect(taken?.before).toBe('failed')
    expect(await store.deployment(id)).toMatchObject({
      state: 'resolve',
      endedAt: null,
      errorCode: null,
      attempts: 2,
    })
    expect(await ttl('deployment', id)).toBe(-1)
  })

  it('gives a want whose deployment Redis no longer knows', async () => {
    const id = await accept()
    await redis.connection.del(`slipway:{web1}:deployment:${id}`)

    expect(await store.take('shop')).toMatchObject({ want: { deployment: id }, before: null })
    expect(await store.deployment(id)).toBeNull()
  })

  it('takes only what is expected, and leaves a newer one as it is', async () => {
    const first = await accept()
    const second = await accept()

    expect(await store.take('shop', first)).toBeNull()
    expect(await store.deployment(second)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(await store.take('shop', second)).toMatchObject({ want: { deployment: second }, before: 'queued' })
  })

  it('gives nothing for a want that is not whole', async () => {
    await redis.connection.hset('slipway:{web1}:want:shop', { project: 'shop', deployment: 'd1' })

    expect(await store.take('shop')).toBeNull()
  })
})

describe('progress and finish', () => {
  it('write what becomes known on the way', async () => {
    const id = await accept()
    const timings = [{ step: 'resolve', milliseconds: 12, ok: true }]

    await store.progress(id, 'pull', { resolvedDigest: `sha256:${'cd'.repeat(32)}`, timings })
    await store.progress(id, 'copy', { release })

    expect(await store.deployment(id)).toMatchObject({
      state: 'copy',
      resolvedDigest: `sha256:${'cd'.repeat(32)}`,
      release,
      timings,
    })
  })

  it('end a deployment with its reason, to be forgotten after a while', async () => {
    const id = await accept()
    now += 7_000

    await store.finish(id, {
      outcome: 'rolled-back',
      errorCode: 'CHECK_FAILED',
      why: 'answered 503',
      release,
    })

    expect(await store.deployment(id)).toMatchObject({
      state: 'rolled-back',
      endedAt: start + 7_000,
      errorCode: 'CHECK_FAILED',
      why: 'answered 503',
      supersededBy: null,
      release,
    })
    expect(await ttl('deployment', id)).toBe(limits.endedSeconds)
  })

  it('put a run that will be tried again back to the queue with what went wrong', async () => {
    const id = await accept()
    await store.take('shop')

    await store.requeue(id, 'PULL_STALLED', 'no progress', [
      { step: 'pull', milliseconds: 60_000, ok: false },
    ])

    expect(await store.deployment(id)).toMatchObject({
      state: 'queued',
      endedAt: null,
      errorCode: 'PULL_STALLED',
      why: 'no progress',
      timings: [{ step: 'pull' }],
    })
  })
})

describe('wait', () => {
  it('says why what is queued is not begun', async () => {
    const id = await accept()

    await store.wait(id, 'frozen by ada')

    expect(await store.deployment(id)).toMatchObject({
      state: 'queued',
      why: 'frozen by ada',
      startedAt: null,
      attempts: 0,
    })
  })

  it('puts what a dead worker left back to the queue', async () => {
    const id = await accept()
    await store.take('shop')
    await store.progress(id, 'copy')

    await store.wait(id, 'frozen by ada')

    expect(await store.deployment(id)).toMatchObject({ state: 'queued', why: 'frozen by ada' })
  })

  it('keeps what failed and waits to be walked again', async () => {
    const id = await accept()
    await store.finish(id, { outcome: 'failed', why: 'no space' })

    await store.wait(id, 'frozen by ada')

    expect(await store.deployment(id)).toMatchObject({ state: 'queued', why: 'frozen by ada', endedAt: null })
    expect(await ttl('deployment', id)).toBe(-1)
  })

  it('leaves what somebody has ended meanwhile with the reason of its end', async () => {
    const first = await accept()
    const second = await accept()

    await store.wait(first, 'frozen by ada')

    expect(await store.deployment(first)).toMatchObject({
      state: 'superseded',
      supersededBy: second,
      why: 'a newer push arrived before this one was started',
    })
  })

  it('writes nothing for what Redis does not know', async () => {
    await store.wait('d0', 'frozen by ada')

    expect(await redis.connection.keys('*')).toEqual([])
  })
})

describe('cancelRequest', () => {
  it('is nothing until somebody asks, and for what is not whole', async () => {
    const id = await accept()
    expect(await store.cancelRequest(id)).toBeNull()
    expect(await store.cancelRequest('d0')).toBeNull()

    await redis.connection.hset(`slipway:{web1}:deployment:${id}`, 'cancel', '{"by":')
    expect(await store.cancelRequest(id)).toBeNull()

    await redis.connection.hset(`slipway:{web1}:deployment:${id}`, 'cancel', '{"by":"ada","at":1}')
    expect(await store.cancelRequest(id)).toEqual({ by: 'ada', at: 1 })
  })
})

describe('the log', () => {
  it('keeps lines in order and is forgotten with its deployment', async () => {
    const id = await accept()

    await store.appendLog(id, ['one', 'two'])
    await store.appendLog(id, [])
    await store.appendLog(id, ['three'])

    expect(await store.log(id)).toEqual(['one', 'two', 'three'])
    expect(await ttl('log', id)).toBe(limits.endedSeconds)
  })

  it('keeps the newest lines of one that never ends', async () => {
    const id = await accept()

    await store.appendLog(
      id,
      Array.from({ length: limits.logLines + 5 }, (_, at) => `line ${at}`),
    )

    const lines = await store.log(id)
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([
      limits.logLines,
      'line 5',
      `line ${limits.logLines + 4}`,
    ])
  })

  it('is empty for a deployment that nobody knows', async () => {
    expect(await store.log('d0')).toEqual([])
    expect(await store.deployment('d0')).toBeNull()
  })
})

describe('deployments', () => {
  it('lists the newest first, no more than asked for, without those that are forgotten', async () => {
    const ids = [await accept(), await accept(), await accept()]
    await redis.connection.del(`slipway:{web1}:deployment:${ids[1]}`)

    expect((await store.deployments('shop', 10)).map(({ id }) => id)).toEqual([ids[2], ids[0]])
    expect((await store.deployments('shop', 1)).map(({ id }) => id)).toEqual([ids[2]])
  })
})
