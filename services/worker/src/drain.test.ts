import { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HoldPlace, holdAt } from '../test/hold-at.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier, migrate, services } from '../test/rig.ts'
import { openShop, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
/** Longer than any test takes. */
const patience = 60_000

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, options)

const before: readonly [HoldPlace, string][] = [
  ['resolve', 'pull'],
  ['pull', 'copy'],
  ['copy', 'link'],
  ['link', 'migrate'],
]

/** Waiting for the next start, with no failed attempt. */
async function expectParked(rig: QueueRig, deployment: string): Promise<void> {
  expect(await rig.record(deployment)).toMatchObject({ state: 'queued', errorCode: 'INTERRUPTED' })
  const jobs = await rig.queue.getJobs(['wait', 'delayed'])
  expect(jobs.map(({ attemptsMade }) => attemptsMade)).toEqual([0])
  expect(await rig.queue.getFailedCount()).toBe(0)
  expect(await rig.queue.getActiveCount()).toBe(0)
  expect(await rig.mutex.tryAcquire(rig.root)).not.toBeNull()
  rig.mutex.lose(rig.root)
}

describe('a worker that is asked to stop', () => {
  it.each(before)('in %s ends this step and does not begin %s', async (place, next) => {
    const rig = await open({ project: { migrate } })
    const gate = holdAt(rig, place)
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    const stopped = stop(patience)
    gate.open()
    await stopped

    await expectParked(rig, deployment)
    const log = await rig.store.log(deployment)
    expect(log).toContainEqual(expect.stringMatching(new RegExp(`^\\[${place}\\] done`)))
    expect(log).not.toContain(`[${next}] begins`)
    await rig.start()
    await rig.untilState(deployment, 'live')
    expect(rig.engine.ran).toHaveLength(1)
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('in its migration goes on to the end, because the code has to follow', async () => {
    const rig = await open({ project: { migrate, services, check } })
    rig.engine.programs.set('migrate', {})
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await until(() => rig.engine.ran.length === 1)

    const stopped = stop(patience)
    rig.engine.end('slipway-migrate-shop', 0)
    await stopped

    expect(await rig.record(deployment)).toMatchObject({ state: 'live' })
  })

  it.each(['reload', 'check'] as const)('in %s goes on to the end', async (place) => {
    const rig = await open({ project: { services, check } })
    const gate = holdAt(rig, place)
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    const stopped = stop(patience)
    gate.open()
    await stopped

    expect(await rig.record(deployment)).toMatchObject({ state: 'live' })
  })

  it('goes back from a release that is bad', async () => {
    const rig = await open({ live: earlier, project: { check }, answers: [500, 500, 200] })
    const gate = holdAt(rig, 'check')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    const stopped = stop(patience)
    gate.open()
    await stopped

    expect(await rig.record(deployment)).toMatchObject({ state: 'rolled-back' })
  })

  it('leaves the step that does not end in time, without a failed attempt, and the next start goes on', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    await stop(1)

    await expectParked(rig, deployment)
    await rig.start()
    await rig.untilState(deployment, 'live')
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('leaves a migration that does not end in time running, and the next start waits for it', async () => {
    const rig = await open({ project: { migrate } })
    rig.engine.programs.set('migrate', {})
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await until(() => rig.engine.ran.length === 1)

    await stop(1)

    await expectParked(rig, deployment)
    expect(rig.engine.containers.size).toBe(1)
    await rig.start()
    rig.engine.end('slipway-migrate-shop', 0)
    await rig.untilState(deployment, 'live')
    expect(rig.engine.ran).toHaveLength(1)
  })

  it('leaves a check that does not end in time, and the next start brings it to its end', async () => {
    const rig = await open({ project: { check } })
    const gate = holdAt(rig, 'check')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    await stop(1)

    expect(await rig.releases.intent()).not.toBeNull()
    expect(await rig.queue.getFailedCount()).toBe(0)
    await rig.start()
    await rig.untilState(deployment, 'live')
    await rig.untilIdle()
    expect(rig.releases.switches).toHaveLength(1)
    expect(await rig.releases.intent()).toBeNull()
    expect(await rig.queue.getFailedCount()).toBe(0)
  })

  it('while it brings what a dead worker left to its end takes no attempt from the job', async () => {
    const rig = await open({ live: earlier, project: { check } })
    const { deployment, seq } = await rig.push('v1')
    const to = { ...earlier, name: `${seq}-cccccccccccc-rand`, seq, digest: second, deployment }
    rig.releases.folders.set(to.name, ['index.php'])
    await rig.store.take('shop')
    await rig.releases.saveIntent({ deployment, to, back: earlier, before: null, failure: null, at: 0 })
    await rig.releases.switchTo(to)
    const gate = holdAt(rig, 'check')
    const stop = await rig.start()
    await gate.reached

    await stop(1)

    const jobs = await rig.queue.getJobs(['wait', 'delayed'])
    expect(jobs.map(({ attemptsMade }) => attemptsMade)).toEqual([0])
    await rig.start()
    await rig.untilState(deployment, 'live')
  })

  it('gives a job back untouched that it is given after that', async () => {
    const rig = await open()
    const stop = await rig.start({ isStopping: true })
    const { deployment } = await rig.push('v1')
    await until(async () => Number((await rig.queue.getJob('1'))?.attemptsStarted) > 0)

    await stop(patience)

    expect(await rig.record(deployment)).toMatchObject({ state: 'queued', attempts: 0, errorCode: null })
    await rig.start()
    await rig.untilState(deployment, 'live')
    expect(await rig.queue.getFailedCount()).toBe(0)
  })

  it('begins no job that it got in that moment', async () => {
    const rig = await open()
    const prepare = rig.releases.prepare.bind(rig.releases)
    const stop = await rig.start()
    let stopped: Promise<void> | undefined
    vi.spyOn(rig.releases, 'prepare').mockImplementationOnce(async () => {
      stopped = stop(patience)
      await prepare()
    })

    const { deployment } = await rig.push('v1')
    await until(() => stopped !== undefined)
    await stopped

    await expectParked(rig, deployment)
    expect(rig.registry.asked).toEqual([])
  })
})

describe('a worker of a new version beside one that drains', () => {
  it('goes on with what the old one parked, at once', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'copy')
    const stopOld = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    const stopped = stopOld(patience)
    await rig.start()
    gate.open()
    await stopped

    const record = await rig.untilState(deployment, 'live')
    expect(record.attempts).toBe(2)
    expect(rig.releases.switches).toHaveLength(1)
    // Nobody waited for a lock to run out or for somebody to give the project up.
    expect(Number(record.endedAt) - Number(record.acceptedAt)).toBeLessThan(2_000)
  })

  it('does not touch the project that the old one brings to its end', async () => {
    const rig = await open({ project: { check } })
    const gate = holdAt(rig, 'check')
    const stopOld = await rig.start()
    const old = await rig.push('v1')
    await gate.reached
    const stopped = stopOld(patience)
    await rig.start()

    const { deployment } = await rig.push('v2')
    const during = await rig.record(deployment)
    gate.open()
    await stopped

    expect(during.state).toBe('queued')
    await rig.untilState(deployment, 'live')
    expect(await rig.record(old.deployment)).toMatchObject({ state: 'live', attempts: 1 })
    expect(rig.releases.switches).toHaveLength(2)
  })

  it('goes on in the place of the old one when Redis is away as that stops', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached
    const requeue = vi.spyOn(rig.store, 'requeue')
    requeue.mockRejectedValueOnce(new SlipwayError('REDIS_UNAVAILABLE', 'Redis is away.'))

    await stop(1)

    await rig.start()
    await rig.untilState(deployment, 'live')
    expect(await rig.queue.getFailedCount()).toBe(0)
  })
})
