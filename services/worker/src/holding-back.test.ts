import { describeFreeze, type Freeze } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createShiftedTimer } from '../test/fakes/shifted-timer.ts'
import { releaseOf } from '../test/project.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { migrate, wanted } from '../test/rig.ts'
import { openShop } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
const since = Date.parse('2026-11-24T01:00:00Z')

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

/** A host where it is two o'clock at night. */
async function open(options: QueueRigOptions = {}): Promise<QueueRig> {
  const rig = await openShop(redis.url, { clock: createShiftedTimer('2026-11-24T02:00:00Z'), ...options })
  await rig.start()
  return rig
}

async function freeze(rig: QueueRig, more: Partial<Freeze> = {}): Promise<Freeze> {
  const made = { project: 'shop', by: 'ada', since, until: null, reason: 'a campaign is running', ...more }
  await rig.control.freeze([rig.host], made)
  return made
}

const delayed = async (rig: QueueRig) => (await rig.queue.getDelayed())[0]
const logOf = async (rig: QueueRig, id = '') => (await rig.queue.getJobLogs(id)).logs.join('\n').split('\n')

describe('a frozen project', () => {
  it('says on the record and in the log of the job who froze it, since when and why', async () => {
    const rig = await open()
    const frozen = await freeze(rig)

    const { deployment } = await rig.push('v1')

    await rig.untilIdle()
    const why = 'frozen by ada since 2026-11-24 01:00Z: a campaign is running'
    expect(why).toBe(describeFreeze(frozen))
    expect(await rig.record(deployment)).toMatchObject({ state: 'queued', why, attempts: 0, startedAt: null })
    const [job] = await rig.queue.getCompleted()
    expect(job?.returnvalue).toBe(why)
    expect(await logOf(rig, job?.id)).toEqual([why])
    expect(rig.registry.asked).toEqual([])
  })

  it('is put off until the time that is known, and goes out by itself then', async () => {
    const rig = await open()
    await freeze(rig, { until: Date.parse('2026-11-24T02:00:02Z') })

    const { deployment } = await rig.push('v1')

    const job = await until(() => delayed(rig))
    expect(await rig.record(deployment)).toMatchObject({
      state: 'queued',
      why: 'frozen by ada since 2026-11-24 01:00Z until 2026-11-24 02:00Z: a campaign is running',
    })
    expect(job.attemptsMade).toBe(0)
    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 1, why: null })
    expect(await logOf(rig, job.id)).toContain('outcome: live')
  })

  it('is put off as long as somebody wants', async () => {
    const rig = await open()
    await freeze(rig, { until: Date.parse('9999-12-31T00:00:00Z') })

    await rig.push('v1')

    const job = await until(() => delayed(rig))
    expect(job.delay).toBeGreaterThan(7_000 * 365 * 86_400_000)
  })

  it.each([
    ['has no end', null],
    ['has an end', Date.parse('2026-11-25T00:00:00Z')],
  ])('goes out when somebody unfreezes it, where the freeze %s', async (_what, end) => {
    const rig = await open()
    await freeze(rig, { until: end })
    const { deployment } = await rig.push('v1')
    await until(async () => (await rig.record(deployment)).why !== null)

    await rig.control.unfreeze([rig.host], 'shop', ['shop'])

    await rig.untilState(deployment, 'live')
  })

  it('goes out when somebody unfreezes it while its job is about to wait', async () => {
    const rig = await open()
    await freeze(rig)
    const wait = rig.store.wait.bind(rig.store)
    vi.spyOn(rig.store, 'wait').mockImplementationOnce(async (id, why) => {
      await rig.control.unfreeze([rig.host], 'shop', ['shop'])
      await wait(id, why)
    })

    const { deployment } = await rig.push('v1')

    await rig.untilState(deployment, 'live')
  })

  it('does not go out because somebody insists', async () => {
    const rig = await open()
    await freeze(rig)

    const { deployment } = await rig.push('v1', { force: true })

    await rig.untilIdle()
    expect(await rig.record(deployment)).toMatchObject({ state: 'queued' })
  })

  it('is one of all when everything is frozen, also by the longer of two freezes', async () => {
    const rig = await open()
    await freeze(rig, { project: null, reason: 'the database moves' })
    await freeze(rig, { until: Date.parse('2026-11-24T02:00:01Z') })

    const { deployment } = await rig.push('v1')

    await rig.untilIdle()
    expect((await rig.record(deployment)).why).toContain('the database moves')
    await rig.control.unfreeze([rig.host], null, ['shop'])
    await rig.untilState(deployment, 'live')
  })

  it('is not held back by a freeze of another project', async () => {
    const rig = await open()
    await freeze(rig, { project: 'blog' })

    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('is not held back by a freeze that has run out', async () => {
    const rig = await open()
    await freeze(rig, { until: Date.parse('2026-11-24T01:59:59Z') })
    await freeze(rig, { project: null, until: Date.parse('2026-11-24T02:00:00Z') })

    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('is brought to its end where a dead worker left its switch', async () => {
    const rig = await open()
    await freeze(rig)
    const { deployment, seq } = await rig.push('v1')
    await rig.untilIdle()
    const to = releaseOf(seq, 'a', { deployment })
    rig.releases.folders.set(to.name, ['public/index.php'])
    await rig.releases.saveIntent({ deployment, to, back: null, before: null, failure: null, at: 0 })
    await rig.releases.switchTo(to)

    await rig.reconcile()

    await rig.untilState(deployment, 'live')
  })

  it('has the code that fits the database follow, when a worker died behind the migration', async () => {
    const rig = await openShop(redis.url, { project: { migrate } })
    const { deployment, seq } = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    const migrated = releaseOf(seq, 'a', { deployment, tag: 'v1', migratedAt: 1 })
    rig.releases.folders.set(migrated.name, ['public/index.php'])
    await rig.releases.saveRelease(migrated)
    await freeze(rig)

    await rig.start()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ release: migrated.name })
    expect(rig.engine.ran).toEqual([])
  })
})

describe('a project with windows', () => {
  const windows = [{ cron: '0 3 * * *', duration: '1h' }]

  it('waits for the next one, says when it opens, and goes out by itself then', async () => {
    const clock = createShiftedTimer('2026-11-24T02:59:58Z')
    const rig = await open({ clock, project: { windows } })

    const { deployment } = await rig.push('v1')

    const job = await until(() => delayed(rig))
    const why = 'waits for its maintenance window, which opens at 2026-11-24 03:00Z'
    expect(await rig.record(deployment)).toMatchObject({ state: 'queued', why, attempts: 0 })
    expect(await logOf(rig, job.id)).toEqual([why])
    await rig.untilState(deployment, 'live')
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-11-24T03:00:00Z'))
  })

  it('goes out at once in one', async () => {
    const clock = createShiftedTimer('2026-11-24T03:30:00Z')
    const rig = await open({ clock, project: { windows } })

    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('goes out at once where somebody insists', async () => {
    const rig = await open({ project: { windows } })

    await rig.untilState((await rig.push('v1', { force: true })).deployment, 'live')
  })

  it('is told of the freeze first, where there is one too', async () => {
    const rig = await open({ project: { windows } })
    await freeze(rig)

    const { deployment } = await rig.push('v1')

    await rig.untilIdle()
    expect((await rig.record(deployment)).why).toContain('frozen by ada')
  })

  it('is not nudged out of it by reconcile', async () => {
    const rig = await open({ project: { windows } })
    await rig.push('v1')
    const job = await until(() => delayed(rig))

    await rig.reconcile()

    expect((await delayed(rig))?.id).toBe(job.id)
    expect(rig.registry.asked).toEqual([])
  })
})

describe('a failed deployment', () => {
  async function fail(rig: QueueRig): Promise<string> {
    const { deployment } = await rig.push('missing')
    await rig.untilState(deployment, 'failed')
    await rig.untilIdle()
    rig.registry.tags.set('missing', wanted)
    return deployment
  }

  it.each<[string, (rig: QueueRig) => Promise<unknown>]>([
    ['a stray nudge', (rig) => rig.queue.add('deploy', { project: 'shop' })],
    ['the end of a freeze', (rig) => rig.control.unfreeze([rig.host], 'shop', ['shop'])],
    ['reconcile', (rig) => rig.reconcile()],
  ])('is not walked again by %s', async (_what, nudge) => {
    const rig = await open()
    const deployment = await fail(rig)

    await nudge(rig)
    await rig.untilIdle()

    expect(await rig.record(deployment)).toMatchObject({ state: 'failed', attempts: 1 })
    expect(rig.registry.asked).toHaveLength(1)
  })

  it.each<[string, (rig: QueueRig, deployment: string) => Promise<unknown>]>([
    ['its own job is given again', async (rig) => (await rig.queue.getFailed())[0]?.retry()],
    ['somebody retries it', async (rig, id) => rig.control.retry(await rig.record(id))],
  ])('is walked again when %s', async (_what, again) => {
    const rig = await open()
    const deployment = await fail(rig)

    await again(rig, deployment)

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 2, errorCode: null })
  })

  it('is walked again when its job, whose workers died too often, is given again', async () => {
    const rig = await openShop(redis.url)
    const { deployment } = await rig.push('v1')
    const dead = await rig.takeAndDie()
    await rig.store.take('shop')
    await rig.redis.hset(rig.queue.toKey(dead.id ?? ''), 'stc', 5)
    await rig.start()
    await rig.untilState(deployment, 'failed')
    await rig.untilIdle()

    await (await rig.queue.getFailed())[0]?.retry()

    await rig.untilState(deployment, 'live')
  })
})
