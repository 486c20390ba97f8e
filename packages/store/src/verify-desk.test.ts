import { keyPrefix, maintenanceQueueName, type Verification } from '@slipway/core'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createDriftStore } from './drift-store.ts'
import { limits } from './limits.ts'
import { createVerifyDesk, type VerifyDesk } from './verify-desk.ts'

let redis: TestRedis
let desk: VerifyDesk

beforeAll(async () => {
  redis = await startRedis()
  desk = createVerifyDesk(redis.connection)
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await desk.close()
  await redis[Symbol.asyncDispose]()
})

function found(more: Partial<Verification> = {}): Verification {
  const counts = { added: 1, changed: 0, missing: 0 }
  const lists = { added: ['shell.php'], changed: [], missing: [], counts }
  const report = { release: '1-abc', digest: 'sha256:a', at: 5, read: 0, files: 3, ...lists }
  const where = { project: 'shop', host: 'web1', at: 5, quick: true, strayed: null }
  return { ...where, report, outcome: 'drift', errorCode: null, why: null, ...more }
}

/** Takes jobs of a host as its worker does. */
function take(host: string, work: (data: unknown) => Promise<void>): Worker {
  const connection = { connection: redis.connection, prefix: keyPrefix(host) }
  const worker = new Worker(maintenanceQueueName(host), async ({ data }) => work(data), connection)
  worker.on('error', () => {})
  onTestFinished(() => worker.close())
  return worker
}

describe('a request to look at a live release', () => {
  it('reaches the worker of its host, which answers it', async () => {
    const request = await desk.ask('web1', 'shop', true)
    expect(await desk.state('web1', request)).toBe('waiting')
    expect(await desk.answer('web1', request)).toBeNull()

    take('web1', async (data) => {
      expect(data).toEqual({ project: 'shop', quick: true, request })
      await createDriftStore(redis.connection, 'web1').keep(found(), request)
    })

    await expect.poll(() => desk.state('web1', request)).toBe('ended')
    expect(await desk.answer('web1', request)).toEqual(found())
    expect(await desk.last('web1', 'shop')).toEqual(found())
  })

  it('is joined as long as it waits, by whoever asks for the same', async () => {
    const first = await desk.ask('web1', 'shop', true)

    expect(await desk.ask('web1', 'shop', true)).toBe(first)
    expect(await desk.ask('web1', 'shop', false)).not.toBe(first)
    expect(await desk.ask('web1', 'blog', true)).not.toBe(first)
    expect(await desk.ask('web2', 'shop', true)).not.toBe(first)
  })

  it('is not joined when a worker has begun: it may have looked before what is asked for now', async () => {
    const request = await desk.ask('web1', 'shop', true)
    const done = Promise.withResolvers<void>()
    take('web1', () => done.promise)
    await expect.poll(() => desk.state('web1', request)).toBe('active')

    expect(await desk.ask('web1', 'shop', true)).not.toBe(request)
    done.resolve()
  })

  it('has ended when its job is gone', async () => {
    const request = await desk.ask('web1', 'shop', true)
    const connection = { connection: redis.connection, prefix: keyPrefix('web1') }
    const queue = new Queue(maintenanceQueueName('web1'), connection)
    await queue.obliterate()
    await queue.close()

    expect(await desk.state('web1', request)).toBe('ended')
  })
})

describe('what was found', () => {
  it('stays as the last of its project, and its answer for an hour', async () => {
    const store = createDriftStore(redis.connection, 'web1')

    await store.keep(found(), 'v0123456789abcdef')

    expect(await store.last('shop')).toEqual(found())
    expect(await store.last('blog')).toBeNull()
    const [last, answer] = ['verified:shop', 'verification:v0123456789abcdef']
    expect(await redis.connection.ttl(`slipway:{web1}:${last}`)).toBeGreaterThan(limits.answerSeconds)
    expect(await redis.connection.ttl(`slipway:{web1}:${answer}`)).toBeLessThanOrEqual(limits.answerSeconds)
  })

  it.each(['busy', 'failed'] as const)('is not forgotten because a later look was %s', async (outcome) => {
    const store = createDriftStore(redis.connection, 'web1')
    await store.keep(found(), null)

    await store.keep(found({ outcome, report: null, why: 'not now' }), 'v0123456789abcdef')

    expect(await store.last('shop')).toEqual(found())
    expect(await desk.answer('web1', 'v0123456789abcdef')).toMatchObject({ outcome, why: 'not now' })
  })

  it('is kept small', async () => {
    const store = createDriftStore(redis.connection, 'web1')
    const { report } = found()
    const names = Array.from({ length: 200 }, () => 'x'.repeat(4_000))

    await store.keep(found({ report: report && { ...report, added: names, changed: names } }), null)

    expect(await redis.connection.strlen('slipway:{web1}:verified:shop')).toBeLessThan(100_000)
  })
})
