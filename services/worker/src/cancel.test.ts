import { currentTarget, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../test/failure.ts'
import { type HoldPlace, holdAt } from '../test/hold-at.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier, migrate, services, wanted } from '../test/rig.ts'
import { openShop, openShops, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')
const never = 600_000

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, options)

async function cancel(rig: QueueRig, deployment: string): Promise<string> {
  return rig.control.cancel(await rig.record(deployment), 'ada')
}

async function retry(rig: QueueRig, deployment: string): Promise<void> {
  await rig.control.retry(await rig.record(deployment))
}

/** A push whose walk is held at this place when this resolves. */
async function pushUntil(rig: QueueRig, place: HoldPlace): Promise<string> {
  const gate = holdAt(rig, place)
  await rig.start()
  const { deployment } = await rig.push('v1')
  await gate.reached
  return deployment
}

/** A push whose migration runs, and ends only when it is stopped, when this resolves. */
async function pushUntilMigration(rig: QueueRig): Promise<string> {
  rig.engine.programs.set('migrate', {})
  await rig.start()
  const { deployment } = await rig.push('v1')
  await until(() => rig.engine.ran.length === 1)
  return deployment
}

describe('a deployment that waits', () => {
  it('is never begun', async () => {
    const rig = await open()
    const { deployment } = await rig.push('v1')

    expect(await cancel(rig, deployment)).toBe('cancelled')

    await rig.start()
    await rig.untilIdle()
    expect(await rig.record(deployment)).toMatchObject({ state: 'cancelled', attempts: 0, startedAt: null })
    expect(rig.registry.asked).toEqual([])
    expect(await rig.queue.getFailedCount()).toBe(0)
  })

  it('for its next attempt gets none', async () => {
    const rig = await open({ retryDelay: never })
    vi.spyOn(rig.engine, 'pull').mockRejectedValueOnce(away)
    await rig.start()
    const { deployment } = await rig.push('v1')
    await until(async () => (await rig.queue.getDelayedCount()) === 1)

    expect(await cancel(rig, deployment)).toBe('cancelled')

    await (await rig.queue.getDelayed())[0]?.promote()
    await rig.untilIdle()
    expect(await rig.record(deployment)).toMatchObject({ state: 'cancelled', attempts: 1 })
    expect(rig.releases.switches).toEqual([])
  })

  it('because it is frozen stays cancelled when it is not', async () => {
    const rig = await open()
    await rig.start()
    const freeze = { project: null, by: 'ada', since: 0, until: null, reason: 'the night is short' }
    await rig.control.freeze([rig.host], freeze)
    const { deployment } = await rig.push('v1')
    await rig.untilIdle()

    await cancel(rig, deployment)
    await rig.control.unfreeze([rig.host], null, ['shop'])

    await rig.untilIdle()
    expect(await rig.record(deployment)).toMatchObject({ state: 'cancelled' })
    expect(rig.registry.asked).toEqual([])
  })
})

describe('a deployment before its switch', () => {
  it.each(['resolve', 'pull', 'copy', 'link'] as const)('ends in %s, and nothing changes', async (place) => {
    const rig = await open({ live: earlier })
    const deployment = await pushUntil(rig, place)

    expect(await cancel(rig, deployment)).toBe('asked')

    const record = await rig.untilState(deployment, 'cancelled')
    expect(record).toMatchObject({ errorCode: 'CANCELLED', attempts: 1, endedAt: expect.any(Number) })
    expect(record.why).toContain('ada')
    await rig.untilIdle()
    expect(rig.releases.switches).toEqual([])
    expect((await rig.releases.state()).live).toEqual(earlier)
    expect(rig.engine.openSources.size).toBe(0)
    // That a person took it back is no failure of a job.
    expect(await rig.queue.getFailedCount()).toBe(0)
    expect(await rig.mutex.tryAcquire(rig.root)).not.toBeNull()
  })

  it('has its migration stopped, then removed', async () => {
    const rig = await open({ live: earlier, project: { migrate } })
    const stop = vi.spyOn(rig.engine, 'stopContainer')
    const remove = vi.spyOn(rig.engine, 'removeContainer')
    const deployment = await pushUntilMigration(rig)

    await cancel(rig, deployment)

    await rig.untilState(deployment, 'cancelled')
    expect(stop.mock.invocationCallOrder[0]).toBeLessThan(remove.mock.invocationCallOrder[0] ?? 0)
    expect(rig.engine.containers.size).toBe(0)
    expect(rig.releases.switches).toEqual([])
    expect([...rig.releases.records.values()].map(({ migratedAt }) => migratedAt)).toEqual([null, null])
  })

  it('does not get a further attempt when it fails in the moment in which it is taken back', async () => {
    const rig = await open({ retryDelay: never })
    await rig.start()
    vi.spyOn(rig.engine, 'pull').mockImplementationOnce(async ({ signal }) => {
      const [{ id = '' } = {}] = await rig.store.deployments('shop', 1)
      await cancel(rig, id)
      if (!signal.aborted) throw away
    })

    const { deployment } = await rig.push('v1')

    await rig.untilState(deployment, 'cancelled')
    await rig.untilIdle()
  })

  it('can be taken up again, and its copied release is used', async () => {
    const rig = await open({ project: { migrate } })
    const deployment = await pushUntilMigration(rig)
    await cancel(rig, deployment)
    await rig.untilState(deployment, 'cancelled')
    await rig.untilIdle()
    rig.engine.programs.set('migrate', { exitCode: 0 })

    await retry(rig, deployment)

    const record = await rig.untilState(deployment, 'live')
    expect(record).toMatchObject({ errorCode: null, why: null, cancel: null })
    expect((await rig.store.log(deployment)).join('\n')).toContain('[copy] an earlier run completed')
  })

  it('cannot be taken up again when a newer push is there', async () => {
    const rig = await open()
    const { deployment: old } = await rig.push('v1')
    await cancel(rig, old)
    await rig.push('v2')

    const error = await failureOf(retry(rig, old))

    expect(error.code).toBe('DEPLOYMENT_ENDED')
  })

  it('is not taken up again by a stray nudge, whatever job it comes with', async () => {
    const rig = await open()
    const deployment = await pushUntil(rig, 'pull')
    await cancel(rig, deployment)
    await rig.untilState(deployment, 'cancelled')
    await rig.untilIdle()

    const [done] = await rig.queue.getCompleted()
    await done?.retry('completed')
    await rig.untilIdle()
    await rig.queue.add('deploy', { project: 'shop' })
    await rig.untilIdle()

    expect(await rig.record(deployment)).toMatchObject({ state: 'cancelled', attempts: 1 })
    expect(rig.registry.asked).toHaveLength(1)
  })
})

describe('a deployment behind its switch', () => {
  it.each(['reload', 'check'] as const)(
    'goes back from %s, and says that the database did not',
    async (place) => {
      const rig = await open({ live: earlier, project: { services, check, migrate } })
      const deployment = await pushUntil(rig, place)

      expect(await cancel(rig, deployment)).toBe('asked')

      const record = await rig.untilState(deployment, 'cancelled')
      expect(record).toMatchObject({ errorCode: 'CANCELLED', resolvedDigest: wanted })
      expect(record.why).toContain(`Went back to ${earlier.name}; the database was not changed back.`)
      expect(await rig.releases.current()).toBe(currentTarget(earlier))
      const state = await rig.releases.state()
      expect(state).toMatchObject({ live: earlier, good: earlier, held: [wanted] })
      expect(await rig.releases.intent()).toBeNull()
      expect(rig.services.told.slice(-2)).toEqual(['shop-php-fpm: USR2', 'shop-nginx: HUP'])
    },
  )

  it('goes back also where a failed check would not', async () => {
    const rig = await open({ live: earlier, project: { check, rollback: 'never' } })
    const deployment = await pushUntil(rig, 'check')

    await cancel(rig, deployment)

    await rig.untilState(deployment, 'cancelled')
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it.each([
    ['restored', '../old-site'],
    ['taken away', null],
  ])('has what was there before the first release %s', async (_what, before) => {
    const rig = await open({ project: { check } })
    await rig.releases.restore(before)
    const deployment = await pushUntil(rig, 'check')

    await cancel(rig, deployment)

    const record = await rig.untilState(deployment, 'cancelled')
    expect(record.why).toContain('what was there before the first release')
    expect(await rig.releases.current()).toBe(before)
    expect(await rig.releases.state()).toMatchObject({ live: null, good: null })
  })

  it('does not come back by a repeated push, and cannot be taken up again', async () => {
    const rig = await open({ live: earlier, project: { check } })
    const deployment = await pushUntil(rig, 'check')
    await cancel(rig, deployment)
    await rig.untilState(deployment, 'cancelled')

    const error = await failureOf(retry(rig, deployment))
    const repeated = await rig.push('v1')

    expect(error.message).toContain('--force')
    expect(await rig.untilState(repeated.deployment, 'failed')).toMatchObject({ errorCode: 'DIGEST_HELD' })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
    const { deployment: insisted } = await rig.push('v1', { force: true })
    await rig.untilState(insisted, 'live')
  })

  it('that goes back already goes on', async () => {
    const rig = await open({ live: earlier, project: { check, services }, answers: [500, 500, 200] })
    const told = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const real = rig.releases.switchTo.bind(rig.releases)
    vi.spyOn(rig.releases, 'switchTo').mockImplementation(async (release) => {
      await real(release)
      if (release.name !== earlier.name) return
      told.resolve()
      await goOn.promise
    })
    await rig.start()
    const { deployment } = await rig.push('v1')
    await told.promise

    expect(await cancel(rig, deployment)).toBe('asked')
    await until(async () => (await rig.store.cancelRequest(deployment)) !== null)
    goOn.resolve()

    const record = await rig.untilState(deployment, 'rolled-back')
    expect(record.errorCode).toBe('CHECK_FAILED')
    expect(await rig.releases.intent()).toBeNull()
  })

  it('stays live when its check has passed', async () => {
    const rig = await open({ project: { check } })
    const saved = rig.releases.saveState.bind(rig.releases)
    const asked = Promise.withResolvers<string>()
    vi.spyOn(rig.releases, 'saveState').mockImplementationOnce(async (state) => {
      await saved(state)
      asked.resolve(await cancel(rig, state.live?.deployment ?? ''))
    })
    await rig.start()

    const { deployment } = await rig.push('v1')

    expect(await asked.promise).toBe('asked')
    const record = await rig.untilState(deployment, 'live')
    await rig.untilIdle()
    expect(record.release).not.toBeNull()
    expect(await rig.releases.current()).toBe(currentTarget({ name: record.release ?? '' }))
    expect((await failureOf(cancel(rig, deployment))).code).toBe('DEPLOYMENT_ENDED')
  })
})

describe('a deployment whose worker died', () => {
  /** A deployment that was at this step when its worker died. */
  async function dieAt(rig: QueueRig, state: 'pull' | 'migrate' | 'check'): Promise<string> {
    const { deployment } = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    await rig.store.progress(deployment, state)
    return deployment
  }

  it('ends when the next run sees the request', async () => {
    const rig = await open()
    const deployment = await dieAt(rig, 'pull')
    expect(await cancel(rig, deployment)).toBe('asked')
    holdAt(rig, 'pull')

    await rig.start()

    expect(await rig.untilState(deployment, 'cancelled')).toMatchObject({ errorCode: 'CANCELLED' })
    expect(rig.releases.switches).toEqual([])
  })

  it('ends also while the project is frozen', async () => {
    const rig = await open()
    const deployment = await dieAt(rig, 'pull')
    await cancel(rig, deployment)
    await rig.control.freeze([rig.host], { project: null, by: 'ada', since: 0, until: null, reason: 'a day' })
    holdAt(rig, 'pull')

    await rig.start()

    await rig.untilState(deployment, 'cancelled')
  })

  it.each([
    ['ended with it', true],
    ['left alone when it is of another deployment', false],
  ])('has the migration that runs still %s', async (_what, isOwn) => {
    const rig = await open({ project: { migrate } })
    const deployment = await dieAt(rig, 'migrate')
    await cancel(rig, deployment)
    const release = { ...earlier, status: 'copied', deployment: isOwn ? deployment : 'd-other' } as const
    await rig.releases.saveRelease(release)
    rig.engine.leave('slipway-migrate-shop', release.name, 'running', {})
    holdAt(rig, 'pull')

    await rig.start()

    await rig.untilState(deployment, 'cancelled')
    expect(rig.engine.containers.size).toBe(isOwn ? 0 : 1)
  })

  it('behind its switch goes back', async () => {
    const rig = await open({ live: earlier, project: { check } })
    const deployment = await dieAt(rig, 'check')
    const { seq } = (await rig.store.want('shop')) ?? { seq: 0 }
    const to = { ...earlier, name: `${seq}-cccccccccccc-rand`, seq, digest: second, deployment }
    rig.releases.folders.set(to.name, ['index.php'])
    await rig.releases.saveIntent({ deployment, to, back: earlier, before: null, failure: null, at: 0 })
    await rig.releases.switchTo(to)
    await cancel(rig, deployment)
    holdAt(rig, 'check')

    await rig.start()

    const record = await rig.untilState(deployment, 'cancelled')
    expect(record.why).toContain('the database was not changed back')
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })
})

describe('a rolling rollout', () => {
  it('does not go on to the next host when the deployment of one is taken back under way', async () => {
    const { rigs, push, untilStates } = await openShops(redis.url, { order: 'rolling' }, [{}, {}, {}])
    const [first, next, last] = rigs as [QueueRig, QueueRig, QueueRig]
    const gate = holdAt(first, 'pull')
    await Promise.all(rigs.map((rig) => rig.start()))
    const deployments = await push('v1')
    await gate.reached

    await cancel(first, deployments[0] ?? '')

    await untilStates(deployments, ['cancelled', 'failed', 'failed'])
    expect(await next.record(deployments[1] ?? '')).toMatchObject({ errorCode: 'ROLLOUT_STOPPED' })
    expect(await last.record(deployments[2] ?? '')).toMatchObject({ errorCode: 'ROLLOUT_STOPPED' })
    expect([...next.releases.switches, ...last.releases.switches]).toEqual([])
  })

  it('does not go on to the next host when the deployment of one is taken back while it waits', async () => {
    const { rigs, push, untilStates } = await openShops(redis.url, { order: 'rolling' }, [{}, {}, {}])
    const [first, next, last] = rigs as [QueueRig, QueueRig, QueueRig]
    const gate = holdAt(first, 'pull')
    await Promise.all(rigs.map((rig) => rig.start()))
    const deployments = await push('v1')
    await gate.reached
    await next.untilIdle()
    await last.untilIdle()

    await cancel(next, deployments[1] ?? '')
    gate.open()

    await untilStates(deployments, ['live', 'cancelled', 'failed'])
    expect(await last.record(deployments[2] ?? '')).toMatchObject({ errorCode: 'ROLLOUT_STOPPED' })
  })
})
