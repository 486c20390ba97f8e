import type { Config } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, type RedisClient } from '@slipway/store'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newHost } from '../test/queue-rig.ts'
import { until } from '../test/until.ts'
import { ensureSchedules } from './schedules.ts'

let server: RedisServer
let redis: RedisClient
const often: Config['schedules'] = { reconcile: { every: 300_000 } }
const nightly: Config['schedules'] = { reconcile: { cron: '0 3 * * *', timezone: 'Asia/Shanghai' } }

beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
  redis = connectWaiting({ url: server.url, username: undefined, password: undefined })
})

afterAll(async () => {
  redis.disconnect()
  await server.stop()
})

function open(name = newHost()): Queue {
  const queue = new Queue(name, { connection: redis })
  onTestFinished(() => queue.close())
  return queue
}

/** Jobs that are there and have not ended: when each is due. */
async function nextOf(queue: Queue): Promise<number[]> {
  const jobs = await queue.getJobs(['wait', 'delayed', 'prioritized', 'active'])
  return jobs.map(({ timestamp, delay }) => timestamp + delay)
}

/** As a worker does, so that only what is to come is left. */
async function doWhatIsDue(queue: Queue): Promise<void> {
  const worker = new Worker(queue.name, async () => {}, { connection: redis })
  await until(async () => (await queue.getJobCountByTypes('wait', 'active')) === 0)
  await worker.close()
}

describe('the schedules of a host', () => {
  it.each<[string, Config['schedules'], object]>([
    ['every so often', often, { every: 300_000 }],
    ['at times of a zone', nightly, { pattern: '0 3 * * *', tz: 'Asia/Shanghai' }],
    [
      'at times of no zone, as UTC',
      { reconcile: { cron: '0 3 * * *' } },
      { pattern: '0 3 * * *', tz: 'UTC' },
    ],
  ])('are put in place: %s', async (_what, schedules, plan) => {
    const queue = open()

    await ensureSchedules(queue, schedules)

    expect(await queue.getJobSchedulers()).toEqual([expect.objectContaining({ key: 'reconcile', ...plan })])
    expect(await nextOf(queue)).toHaveLength(1)
  })

  it.each([
    ['every so often', often],
    ['at times of a zone', nightly],
    ['at times of no zone', { reconcile: { cron: '0 3 * * *' } }],
  ])('that are there as they should be are not moved: %s', async (_what, schedules) => {
    const queue = open()
    await ensureSchedules(queue, schedules)
    const [before] = await queue.getJobs(['wait', 'delayed', 'prioritized'])
    const put = vi.spyOn(queue, 'upsertJobScheduler')
    const scheduler = await queue.getJobScheduler('reconcile')

    await ensureSchedules(queue, schedules)

    const [after] = await queue.getJobs(['wait', 'delayed', 'prioritized'])
    expect(after).toMatchObject({ id: before?.id, timestamp: before?.timestamp, delay: before?.delay })
    expect(await queue.getJobScheduler('reconcile')).toEqual(scheduler)
    expect(put).not.toHaveBeenCalled()
  })

  it.each<[string, Config['schedules'], Config['schedules'], object]>([
    ['the pause', often, { reconcile: { every: 60_000 } }, { every: 60_000 }],
    ['the kind', often, nightly, { pattern: '0 3 * * *' }],
    ['the kind back', nightly, often, { every: 300_000 }],
    ['the time', nightly, { reconcile: { cron: '0 4 * * *' } }, { pattern: '0 4 * * *' }],
    [
      'the zone',
      nightly,
      { reconcile: { cron: '0 3 * * *', timezone: 'Europe/Berlin' } },
      { tz: 'Europe/Berlin' },
    ],
  ])('change with the configuration: %s', async (_what, before, after, plan) => {
    const queue = open()
    await ensureSchedules(queue, before)
    await doWhatIsDue(queue)

    await ensureSchedules(queue, after)

    const found = await queue.getJobSchedulers()
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject(plan)
    expect(await nextOf(queue)).toHaveLength(1)
  })

  it('are put in place for every job that has one, and only for those', async () => {
    const queue = open()
    const verify = { cron: '0 4 * * *', timezone: 'Asia/Shanghai' }

    await ensureSchedules(queue, { ...often, verify })

    const found = await queue.getJobSchedulers()
    expect(new Map(found.map(({ key, name }) => [key, name]))).toEqual(
      new Map([
        ['reconcile', 'reconcile'],
        ['verify', 'verify-all'],
      ]),
    )
    expect(found.find(({ key }) => key === 'verify')).toMatchObject({
      pattern: '0 4 * * *',
      tz: 'Asia/Shanghai',
    })

    await ensureSchedules(queue, often)

    expect((await queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['reconcile'])
    const jobs = await queue.getJobs(['wait', 'delayed', 'prioritized'])
    expect(jobs.map(({ name }) => name)).toEqual(['reconcile'])
  })

  it('that are no longer wanted go, with their next job', async () => {
    const queue = open()
    await queue.upsertJobScheduler('of-an-earlier-version', { pattern: '0 3 * * *' }, { name: 'earlier' })

    await ensureSchedules(queue, often)

    expect((await queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['reconcile'])
    const jobs = await queue.getJobs(['wait', 'delayed', 'prioritized'])
    expect(jobs.map(({ name }) => name)).toEqual(['reconcile'])
  })

  it.each([
    ['every so often', often],
    ['at times of a zone', nightly],
  ])('are one, with one next job, where five workers start at once: %s', async (_what, schedules) => {
    const name = newHost()
    const queues = Array.from({ length: 5 }, () => open(name))

    await Promise.all(queues.map((queue) => ensureSchedules(queue, schedules)))

    expect(await queues[0]?.getJobSchedulers()).toHaveLength(1)
    expect(await nextOf(queues[0] as Queue)).toHaveLength(1)
  })
})
