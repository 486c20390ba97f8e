import { currentTarget, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { holdAt } from '../../test/hold-at.ts'
import { releaseOf } from '../../test/project.ts'
import type { QueueRig, QueueRigOptions } from '../../test/queue-rig.ts'
import { check, earlier, openRig, wanted } from '../../test/rig.ts'
import { openShop, openShops, second } from '../../test/shop.ts'
import { until } from '../../test/until.ts'

let redis: RedisServer
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')
const never = 600_000
const hour = 3_600_000

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, options)

const newest = async (rig: QueueRig) => (await rig.store.deployments('shop', 1))[0]
const told = (rig: QueueRig) => rig.findings.map(({ what }) => what)

/** A host on which `v1` is live, and that reconcile has looked at. */
async function openLive(options: QueueRigOptions = {}): Promise<QueueRig> {
  const rig = await open(options)
  await rig.start()
  await rig.untilState((await rig.push('v1')).deployment, 'live')
  await rig.untilIdle()
  await rig.reconcile()
  rig.findings.length = 0
  return rig
}

/** Points at a release as the step does, and leaves it there. */
async function leaveSwitched(rig: QueueRig, deployment: string, seq: number): Promise<void> {
  const to = releaseOf(seq, 'a', { deployment })
  rig.releases.folders.set(to.name, ['public/index.php'])
  await rig.releases.saveIntent({ deployment, to, back: null, before: null, failure: null, at: 0 })
  await rig.releases.switchTo(to)
}

describe('a push whose nudge was lost', () => {
  it.each<[string, (rig: QueueRig) => Promise<unknown>]>([
    ['removed', async ({ queue }) => (await queue.getWaiting())[0]?.remove()],
    ['drained with all others', ({ queue }) => queue.drain(true)],
    ['obliterated with its queue', ({ queue }) => queue.obliterate({ force: true })],
  ])('because its job was %s goes live after all', async (_what, tidy) => {
    const rig = await open()
    const { deployment } = await rig.push('v1')
    await tidy(rig)
    await rig.start()

    await rig.reconcile()

    await rig.untilState(deployment, 'live')
    expect(told(rig)).toEqual(['nudged: it is wanted and has no end'])
  })

  it('because a key points to a job that has ended goes live after all, and the next push too', async () => {
    const rig = await openLive()
    const [done] = await rig.queue.getCompleted()
    await rig.redis.set(`${rig.queue.toKey('de')}:shop`, done?.id ?? '')
    const { deployment } = await rig.push('v2')
    const swallowed = await rig.queue.getJobCountByTypes('wait', 'active', 'delayed')

    await rig.reconcile()

    expect(swallowed).toBe(0)
    await rig.untilState(deployment, 'live')
    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('when its worker died and its job was removed is brought to its end', async () => {
    const rig = await open()
    const { deployment, seq } = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    await leaveSwitched(rig, deployment, seq)
    await rig.queue.obliterate({ force: true })
    await rig.start()

    await rig.reconcile()

    await rig.untilState(deployment, 'live')
    await rig.untilIdle()
    expect(await rig.releases.intent()).toBeNull()
    expect(told(rig)).toEqual(['nudged: a switch is not brought to its end'])
  })

  it('on a host whose disk was put back has the host deploy it again', async () => {
    const rig = await openLive()
    const { deployment } = (await rig.store.want('shop')) ?? { deployment: '' }
    await rig.releases.saveState({ live: null, good: null, seq: 0 })

    await rig.reconcile()

    await until(async () => (await rig.releases.state()).live !== null)
    await rig.untilState(deployment, 'live')
  })
})

describe('what is as it should be', () => {
  it('is left alone', async () => {
    const rig = await openLive()

    await rig.reconcile()
    await rig.reconcile()

    expect(rig.findings).toEqual([])
    expect(await rig.queue.getCompletedCount()).toBe(1)
    expect(await rig.queue.count()).toBe(0)
  })

  it('while a deploy is under way', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    await rig.reconcile()
    gate.open()

    await rig.untilState(deployment, 'live')
    await rig.untilIdle()
    expect(rig.findings).toEqual([])
    expect(await rig.queue.getCompletedCount()).toBe(1)
  })

  it('while a further attempt is waited for, which is not cut short', async () => {
    const rig = await open({ retryDelay: never })
    vi.spyOn(rig.engine, 'pull').mockRejectedValue(away)
    await rig.start()
    await rig.push('v1')
    const before = await until(async () => (await rig.queue.getDelayed())[0])

    await rig.reconcile()

    const [after] = await rig.queue.getDelayed()
    expect(after).toMatchObject({ id: before.id, attemptsMade: 1, delay: before.delay })
    expect(rig.findings).toEqual([])
  })

  it.each([null, 'shop'])('while it is frozen: %s', async (project) => {
    const rig = await open()
    await rig.start()
    await rig.control.freeze([rig.host], { project, by: 'ada', since: 0, until: null, reason: 'a day' })
    await rig.push('v1')
    await rig.untilIdle()

    await rig.reconcile()

    expect(rig.findings).toEqual([])
    expect(await rig.queue.getCompletedCount()).toBe(1)
  })

  it('when a release was left because it is bad', async () => {
    const rig = await open({ live: earlier, project: { check }, answers: [500, 500, 200] })
    await rig.start()
    await rig.untilState((await rig.push('v1')).deployment, 'rolled-back')
    await rig.untilIdle()

    await rig.reconcile()

    await rig.untilIdle()
    expect(rig.findings).toEqual([])
    expect(rig.releases.switches).toHaveLength(2)
  })
})

describe('a Redis that was emptied', () => {
  it('is asked to want again what is live, and finds what was pushed meanwhile', async () => {
    const rig = await openLive()
    const before = (await rig.releases.state()).seq
    await rig.redis.flushall()
    rig.registry.tags.set('v1', second)

    await rig.reconcile()

    const again = await newest(rig)
    expect(again).toMatchObject({ trigger: { kind: 'reconcile' }, tag: 'v1' })
    await rig.untilState(again?.id ?? '', 'live')
    expect((await rig.releases.state()).live?.digest).toBe(second)
    expect(again?.seq).toBeGreaterThan(before)
    expect(rig.findings[0]).toMatchObject({ isAlarm: true, what: expect.stringContaining('lost') })
  })

  it('finds nothing to do where nothing was pushed, and is not asked twice', async () => {
    const rig = await openLive()
    await rig.redis.flushall()

    await rig.reconcile()
    const again = (await newest(rig))?.id ?? ''
    await rig.untilState(again, 'already-live')
    await rig.untilIdle()
    rig.findings.length = 0
    await rig.reconcile()

    expect(rig.findings).toEqual([])
    expect(await rig.store.deployments('shop', 10)).toHaveLength(1)
    expect(rig.releases.switches).toHaveLength(1)
  })

  it.each([
    ['its job waits', false],
    ['it was taken for an older push', true],
  ])(
    'has a push that came since, by a clock that had gone back, go live where %s',
    async (_what, isTaken) => {
      let shift = 0
      const rig = await open({ now: () => Date.now() + shift })
      const stop = await rig.start()
      await rig.untilState((await rig.push('v1')).deployment, 'live')
      await rig.untilIdle()
      await rig.reconcile()
      if (!isTaken) await stop(0)
      const { seq } = await rig.releases.state()
      shift = -hour
      await rig.redis.flushall()
      const { deployment, seq: smaller } = await rig.push('v2')
      if (isTaken) await rig.untilState(deployment, 'superseded')

      await rig.reconcile()
      await rig.start()

      expect(smaller).toBeLessThan(seq)
      const record = await rig.untilState(deployment, 'live')
      expect(record.seq).toBeGreaterThan(seq)
      expect((await rig.releases.state()).live).toMatchObject({ digest: second, seq: record.seq })
      const next = await rig.push('v1')
      expect(next.seq).toBeGreaterThan(record.seq)
      await rig.untilState(next.deployment, 'live')
      expect((await rig.releases.state()).live?.digest).toBe(wanted)
    },
  )

  it('never gives a seq below what any host has dealt with, also to a rollout', async () => {
    let shift = 0
    const now = () => Date.now() + shift
    const fleet = await openShops(redis.url, {}, [{ now }, { now }])
    await Promise.all(fleet.rigs.map((rig) => rig.start()))
    await fleet.untilStates(await fleet.push('v1'), ['live', 'live'])
    for (const rig of fleet.rigs) {
      await rig.untilIdle()
      await rig.reconcile()
    }
    const seqs = await Promise.all(fleet.rigs.map(async (rig) => (await rig.releases.state()).seq))
    shift = -hour
    await fleet.rigs[0]?.redis.flushall()

    // The home is not the first that looks.
    for (const rig of fleet.rigs.toReversed()) await rig.reconcile()
    const deployments = await fleet.push('v2')

    await fleet.untilStates(deployments, ['live', 'live'])
    for (const [at, rig] of fleet.rigs.entries()) {
      const record = await rig.record(deployments[at] ?? '')
      expect(record.seq).toBeGreaterThan(Math.max(...seqs))
      expect((await rig.releases.state()).live?.digest).toBe(second)
    }
  })

  it('does not bring back what is held', async () => {
    const rig = await open({ live: earlier, project: { check }, answers: [500, 500, 200] })
    await rig.start()
    await rig.untilState((await rig.push('v1')).deployment, 'rolled-back')
    await rig.untilIdle()
    await rig.reconcile()
    await rig.redis.flushall()
    rig.registry.tags.set('older', wanted)

    await rig.reconcile()

    const again = await newest(rig)
    expect(again?.tag).toBe('older')
    expect(await rig.untilState(again?.id ?? '', 'failed')).toMatchObject({ errorCode: 'DIGEST_HELD' })
    expect(await rig.releases.current()).toBe(currentTarget(earlier))
  })

  it('has a switch that was left open brought to its end', async () => {
    const rig = await openLive()
    const { seq } = await rig.releases.state()
    await leaveSwitched(rig, 'd-forgotten', seq + 5)
    await rig.redis.flushall()

    await rig.reconcile()

    await until(async () => (await rig.releases.intent()) === null)
    await rig.untilIdle()
    expect((await rig.releases.state()).live).toMatchObject({ deployment: 'd-forgotten' })
  })

  it('has every host that knows nothing yet left alone', async () => {
    const rig = await open()
    await rig.redis.flushall()

    await rig.reconcile()

    expect(rig.findings).toEqual([])
    expect(await rig.store.want('shop')).toBeNull()
    expect(await rig.releases.epoch()).toBeNull()
  })
})

describe('a project that cannot be looked after', () => {
  it('is told, and keeps no other from being mended', async () => {
    const broken = await openRig({ name: 'broken' })
    const healthy = await openRig({ name: 'healthy' })
    const rig = await open({ others: [broken.site, healthy.site] })
    const bad = new SlipwayError('RELEASE_STORE_FAILED', 'The disk is gone.')
    vi.spyOn(rig.releases, 'state').mockRejectedValue(bad)
    vi.spyOn(broken.releases, 'hasLeftovers').mockRejectedValue(bad)
    const { deployment } = await rig.push('v1', { project: 'healthy' })
    await rig.queue.obliterate({ force: true })
    await rig.start()

    await rig.reconcile()

    await rig.untilState(deployment, 'live')
    expect(rig.findings.filter(({ isAlarm }) => isAlarm)).toEqual([
      { project: 'shop', what: expect.stringContaining('The disk is gone.'), isAlarm: true },
      { project: 'broken', what: expect.stringContaining('The disk is gone.'), isAlarm: true },
    ])
  })

  it('because the engine is away is told, and the pushes are mended', async () => {
    const rig = await open()
    vi.spyOn(rig.engine, 'ownContainers').mockRejectedValue(away)
    const { deployment } = await rig.push('v1')
    await rig.queue.obliterate({ force: true })
    await rig.start()

    await rig.reconcile()

    await rig.untilState(deployment, 'live')
    expect(told(rig).at(-1)).toContain('The engine is away.')
  })
})
