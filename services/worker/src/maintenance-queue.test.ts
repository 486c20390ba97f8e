import { keyPrefix, maintenanceQueueName } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, type RedisClient } from '@slipway/store'
import { Queue } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newHost } from '../test/queue-rig.ts'
import { until } from '../test/until.ts'
import { openMaintenance } from './maintenance-queue.ts'
import { keptJobs } from './schedules.ts'

let server: RedisServer
let redis: RedisClient

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectWaiting({ url: server.url, username: undefined, password: undefined })
})

afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

type Work = (signal: AbortSignal, data: unknown) => Promise<void>

function open(reconcile: Work, every = 300_000, verify: Work = async () => {}) {
  const host = newHost()
  const log: string[] = []
  const maintenance = openMaintenance({
    host,
    redis,
    schedules: { reconcile: { every } },
    settings: { lock_duration: 1_000, stalled_interval: 100 },
    work: { reconcile, verify },
    log: pino({}, { write: (line) => void log.push(line) }),
  })
  const queue = new Queue(maintenanceQueueName(host), { connection: redis, prefix: keyPrefix(host) })
  onTestFinished(async () => {
    await maintenance.close()
    await queue.close()
  })
  maintenance.run()
  return { maintenance, queue, log }
}

describe('the jobs by the clock', () => {
  it('are done under their names, one after the other, as long as nobody stops them', async () => {
    let [running, most, done] = [0, 0, 0]
    const { maintenance, queue } = open(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      done += 1
    }, 50)

    await maintenance.ensure()
    await Promise.all([1, 2, 3].map(() => queue.add('reconcile', {})))

    await until(() => done > 5)
    expect(most).toBe(1)
    expect(await queue.getJobSchedulers()).toHaveLength(1)
  })

  it.each(['of-a-later-version', 'constructor', '__proto__', ''])(
    'named "%s" fail without being tried again, and harm no other',
    async (name) => {
      const work = vi.fn(async () => {})
      const { queue, log } = open(work)

      await queue.add(name, {}, { attempts: 5 })

      await until(async () => (await queue.getFailedCount()) === 1)
      const [job] = await queue.getFailed()
      expect(job).toMatchObject({
        attemptsMade: 1,
        failedReason: expect.stringContaining('no job by the clock'),
      })
      expect(log.join('')).toContain('job by the clock failed')
      expect(work).not.toHaveBeenCalled()
      await queue.add('reconcile', {})
      await until(() => work.mock.calls.length === 1)
    },
  )

  it('leave no longer history than they may, however they end', async () => {
    let done = 0
    const { maintenance, queue } = open(async () => {
      done += 1
      if (done % 2 === 0) throw new Error('out of luck')
    }, 1)

    await maintenance.ensure()

    await until(() => done > 2 * keptJobs + 50)
    expect(await queue.getCompletedCount()).toBeLessThanOrEqual(keptJobs)
    expect(await queue.getFailedCount()).toBeLessThanOrEqual(keptJobs)
  })

  it('go on after one that failed', async () => {
    let done = 0
    const { maintenance } = open(async () => {
      done += 1
      if (done === 1) throw new Error('out of luck')
    }, 50)

    await maintenance.ensure()

    await until(() => done > 2)
  })

  it('are put in place again after Redis was emptied', async () => {
    const { maintenance, queue } = open(async () => {})
    await maintenance.ensure()
    await redis.flushall()

    await maintenance.ensure()

    expect(await queue.getJobSchedulers()).toHaveLength(1)
  })

  it('of different names are done side by side, and are given what they carry', async () => {
    const done: unknown[] = []
    const goOn = Promise.withResolvers<void>()
    const { queue } = open(
      () => goOn.promise,
      300_000,
      async (_signal, data) => void done.push(data),
    )
    await queue.add('reconcile', {})

    await queue.add('verify', { project: 'wiki', quick: false })

    await until(() => done.length === 1)
    expect(done).toEqual([{ project: 'wiki', quick: false }])
    expect(await queue.getActiveCount()).toBe(1)
    goOn.resolve()
  })

  it('are asked to end when the worker stops', async () => {
    const asked = Promise.withResolvers<void>()
    const reasons: unknown[] = []
    const { maintenance, queue } = open(async (signal) => {
      asked.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      reasons.push(signal.reason)
    })
    await queue.add('reconcile', {})
    await asked.promise

    await maintenance.close()

    expect(reasons).toMatchObject([{ code: 'INTERRUPTED' }])
  })
})
