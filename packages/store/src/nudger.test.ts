import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createNudger, type Nudger } from './nudger.ts'

const token = 'the test'
const stray = 'slipway:{web1}:deploy-web1:de:shop'

let redis: TestRedis
let nudger: Nudger
let queue: Queue
let worker: Worker

beforeAll(async () => {
  redis = await startRedis()
  nudger = createNudger(redis.connection, { attempts: 3, delay: 15_000 })
  const own = { connection: redis.connection, prefix: 'slipway:{web1}' }
  queue = new Queue('deploy-web1', own)
  worker = new Worker('deploy-web1', null, { ...own, autorun: false })
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await Promise.all([queue.close(), worker.close(), nudger.close()])
  await redis[Symbol.asyncDispose]()
})

async function begin(): Promise<Job> {
  return (await worker.getNextJob(token, { block: false })) ?? expect.fail('nothing waits')
}

async function delay(): Promise<void> {
  await (await begin()).moveToDelayed(Date.now() + 60_000, token)
}

const counts = () => queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
const none = { waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 }

describe('nudge', () => {
  it('lets one job of a project wait, however often it comes', async () => {
    for (const project of ['shop', 'shop', 'blog', 'shop']) await nudger.nudge('web1', project)

    expect(await counts()).toEqual({ ...none, waiting: 2 })
  })

  it('ends the pause before a further attempt', async () => {
    await nudger.nudge('web1', 'shop')
    await delay()
    expect(await counts()).toEqual({ ...none, delayed: 1 })

    await nudger.nudge('web1', 'shop')

    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })

  it('while a job is under way is followed by one more', async () => {
    await nudger.nudge('web1', 'shop')
    const job = await begin()

    await nudger.nudge('web1', 'shop')
    expect(await counts()).toEqual({ ...none, active: 1 })
    await job.moveToCompleted('done', token, false)

    expect(await counts()).toEqual({ ...none, completed: 1, waiting: 1 })
  })

  it('wakes a host by its own queue', async () => {
    await nudger.nudge('web2', 'shop')

    expect(await counts()).toEqual(none)
    expect(await redis.connection.llen('slipway:{web2}:deploy-web2:wait')).toBe(1)
  })
})

describe('nudgeIfIdle', () => {
  it('nudges what nobody looks at', async () => {
    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(true)
    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })

  it('leaves a job that waits alone', async () => {
    await nudger.nudge('web1', 'shop')

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(false)
    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })

  it('leaves a job that is paused with its queue alone', async () => {
    await queue.pause()
    await nudger.nudge('web1', 'shop')

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(false)
    await queue.resume()
    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })

  it('leaves a pause before a further attempt as it is', async () => {
    await nudger.nudge('web1', 'shop')
    await delay()

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(false)
    expect(await counts()).toEqual({ ...none, delayed: 1 })
  })

  it('asks nothing further of a job that is under way', async () => {
    await nudger.nudge('web1', 'shop')
    const job = await begin()

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(false)
    await job.moveToCompleted('done', token, false)
    expect(await counts()).toEqual({ ...none, completed: 1 })
  })

  it('does not take the job of one project for that of another', async () => {
    await nudger.nudge('web1', 'shop')

    expect(await nudger.nudgeIfIdle('web1', 'blog')).toBe(true)
    expect(await nudger.nudgeIfIdle('web2', 'shop')).toBe(true)
  })

  it.each(['completed', 'failed'])('nudges after a job that has %s', async (end) => {
    await nudger.nudge('web1', 'shop')
    const job = await begin()
    if (end === 'completed') await job.moveToCompleted('done', token, false)
    else await job.moveToFailed(new UnrecoverableError('no'), token, false)

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(true)
    expect(await counts()).toEqual({ ...none, [end]: 1, waiting: 1 })
  })

  it('gets past a stray key that names a job which has ended, where a nudge does not', async () => {
    await nudger.nudge('web1', 'shop')
    const job = await begin()
    await job.moveToCompleted('done', token, false)
    await redis.connection.set(stray, job.id ?? '')

    await nudger.nudge('web1', 'shop')
    expect(await counts()).toEqual({ ...none, completed: 1 })

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(true)
    expect(await counts()).toEqual({ ...none, completed: 1, waiting: 1 })
    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(false)
  })

  it('gets past a stray key that names a job which is gone', async () => {
    await redis.connection.set(stray, '4711')

    expect(await nudger.nudgeIfIdle('web1', 'shop')).toBe(true)
    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })

  it('lets one job wait when many come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => nudger.nudgeIfIdle('web1', 'shop')))

    expect(await counts()).toEqual({ ...none, waiting: 1 })
  })
})

describe('a Redis that went away', () => {
  it('is used again once it is back, by the same nudger', async () => {
    const own = await startRedis()
    const connection = await own.connect()
    const patient = createNudger(connection, { attempts: 3, delay: 15_000 })
    try {
      own.freeze()
      await expect(patient.nudge('web1', 'shop')).rejects.toThrow()
      own.thaw()

      await expect
        .poll(() => patient.nudgeIfIdle('web1', 'blog').catch(() => false), { timeout: 10_000 })
        .toBe(true)
    } finally {
      await patient.close()
      connection.disconnect()
      await own[Symbol.asyncDispose]()
    }
  })
})
