import { setTimeout as sleep } from 'node:timers/promises'
import type { Schedules } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { connectWaiting, type RedisClient } from '@slipway/store'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newHost } from '../test/queue-rig.ts'
import { until } from '../test/until.ts'
import { ensureSchedules } from './schedules.ts'

type Wanted = Partial<Schedules>

let server: RedisServer
let redis: RedisClient
const often: Wanted = { reconcile: { every: 300_000 } }
const nightly: Wanted = { reconcile: { cron: '0 3 * * *', timezone: 'Asia/Shanghai' } }

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
  it.each<[string, Wanted, object]>([
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

  it.each<[string, Wanted, Wanted, object]>([
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

describe('a run that is due', () => {
  /** As one does that was away: what its time was is over, and nobody took it. */
  async function placeOverdue(queue: Queue): Promise<void> {
    const every = 100
    await queue.upsertJobScheduler('prune', { every, offset: 1 }, { name: 'prune' })
    await sleep(3 * every)
  }

  /** What a worker does in a while. */
  async function taken(queue: Queue, milliseconds: number): Promise<string[]> {
    const jobs: string[] = []
    const worker = new Worker(queue.name, async ({ id }) => void jobs.push(id ?? ''), { connection: redis })
    await sleep(milliseconds)
    await worker.close()
    return jobs
  }

  it('is done once after its worker was away over several slots, then as before', async () => {
    const queue = open()
    const schedules: Wanted = { prune: { cron: '*/1 * * * * *' } }
    await ensureSchedules(queue, schedules)
    await sleep(3_200)
    const back = Date.now()

    await ensureSchedules(queue, schedules)
    const jobs = await taken(queue, 2_200)

    const times = jobs.map((id) => Number(id.split(':')[2]))
    expect(times.filter((time) => time < back)).toHaveLength(1)
    expect(times.length).toBeGreaterThanOrEqual(2)
    expect(times.length).toBeLessThanOrEqual(4)
    expect(new Set(times).size).toBe(times.length)
  })

  it('is done once when its schedule is replaced meanwhile, however often', async () => {
    const queue = open()
    await placeOverdue(queue)
    const other = open(queue.name)

    await Promise.all([
      ensureSchedules(queue, { prune: { cron: '0 3 * * *' } }),
      ensureSchedules(other, { prune: { cron: '0 4 * * *' } }),
    ])
    await ensureSchedules(queue, { prune: { cron: '0 5 * * *' } })

    expect(await taken(queue, 300)).toEqual([expect.stringMatching(/^missed:prune:\d+$/)])
    expect(await queue.getJobScheduler('prune')).toMatchObject({ pattern: '0 5 * * *' })
  })

  it('is done once when somebody has taken it before its schedule is replaced', async () => {
    const queue = open()
    await placeOverdue(queue)
    // What a worker saw that was asked to change it just before another one took the job.
    const seen = await queue.getJobSchedulers()
    const first = await taken(queue, 150)
    vi.spyOn(queue, 'getJobSchedulers').mockResolvedValueOnce(seen)

    await ensureSchedules(queue, { prune: { cron: '0 3 * * *' } })

    expect(first.length).toBeGreaterThan(0)
    expect(await taken(queue, 150)).toEqual([])
  })

  it('that was taken in the very moment of the change does not keep the change from being made', async () => {
    const queue = open()
    await ensureSchedules(queue, nightly)
    const taken = Object.assign(new Error('job ID already exists'), { code: -10 })
    const upsert = vi.spyOn(queue, 'upsertJobScheduler').mockRejectedValueOnce(taken)

    await ensureSchedules(queue, often)
    upsert.mockRejectedValueOnce(new Error('out of luck'))

    expect(await queue.getJobScheduler('reconcile')).toMatchObject({ every: 300_000 })
    await expect(ensureSchedules(queue, nightly)).rejects.toThrow('out of luck')
  })

  it('goes with its schedule when nobody wants that any more', async () => {
    const queue = open()
    await placeOverdue(queue)

    await ensureSchedules(queue, {})

    expect(await taken(queue, 150)).toEqual([])
  })
})
