import { setTimeout as pause } from 'node:timers/promises'
import { type AcceptedWant, type BackTarget, isOutcome, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { knownReleases } from '@slipway/store'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createShiftedTimer } from '../test/fakes/shifted-timer.ts'
import { holdAt } from '../test/hold-at.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { check, wanted } from '../test/rig.ts'
import { openShop, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')
const never = 600_000

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const before: BackTarget = { release: null, digest: null }
const rollBack = (rig: QueueRig, back: BackTarget = before): Promise<AcceptedWant> =>
  rig.push('', { tag: null, back })

const open = async (options: QueueRigOptions = {}) => openShop(redis.url, options)

/** A host on which `v1` was live before `v2`, with its worker. */
async function openLive(options: QueueRigOptions = {}) {
  const rig = await open(options)
  const stop = await rig.start()
  for (const tag of ['v1', 'v2']) await rig.untilState((await rig.push(tag)).deployment, 'live')
  await rig.untilIdle()
  return { ...rig, stopWorker: stop }
}

const liveDigest = async (rig: QueueRig) => (await rig.releases.state()).live?.digest

describe('a rollback', () => {
  it('goes live like a push, and its record says what it was', async () => {
    const rig = await openLive()
    const migrations = rig.engine.ran.length

    const { deployment } = await rollBack(rig)

    const record = await rig.untilState(deployment, 'live')
    expect(record).toMatchObject({ back: before, resolvedDigest: wanted, errorCode: null })
    expect(record.why).toMatch(/^Went back from \S+ to \S+; the database was not changed back\.$/)
    expect(await liveDigest(rig)).toBe(wanted)
    expect(rig.engine.ran).toHaveLength(migrations)
  })

  it('keeps away what it left: a repeated push fails, a forced one brings it back', async () => {
    const rig = await openLive()
    await rig.untilState((await rollBack(rig)).deployment, 'live')

    const repeated = await rig.untilState((await rig.push('v2')).deployment, 'failed')
    const served = await liveDigest(rig)
    await rig.untilState((await rig.push('v2', { force: true })).deployment, 'live')

    expect(repeated).toMatchObject({ errorCode: 'DIGEST_HELD' })
    expect(served).toBe(wanted)
    expect(await liveDigest(rig)).toBe(second)
    expect((await rig.releases.state()).held).toEqual([])
  })

  it('that is refused fails with what there is, and is not tried again', async () => {
    const rig = await openLive()

    const { deployment } = await rollBack(rig, { release: '7-0123456789ab-ab12', digest: null })

    const record = await rig.untilState(deployment, 'failed')
    expect(record).toMatchObject({ errorCode: 'ROLLBACK_REFUSED', attempts: 1 })
    expect(record.why).toMatch(/^There is no release 7-0123456789ab-ab12 here\. There is: .*v2, is live.*v1/)
    expect(await liveDigest(rig)).toBe(second)
  })

  it('that is not well ends where it began', async () => {
    const rig = await openLive({ project: { check }, answers: [200, 200, 500, 500, 200] })

    const { deployment } = await rollBack(rig)

    await rig.untilState(deployment, 'rolled-back')
    expect(await liveDigest(rig)).toBe(second)
  })

  it('whose worker was stopped behind the switch is brought to its end by the next', async () => {
    const rig = await openLive({ project: { check } })
    const gate = holdAt(rig, 'check')
    const { deployment } = await rollBack(rig)
    await gate.reached
    await rig.stopWorker(0)
    const intent = await rig.releases.intent()

    await rig.start()

    await rig.untilState(deployment, 'live')
    expect(intent).toMatchObject({ deployment, rollback: { left: { digest: second } } })
    expect(await rig.releases.intent()).toBeNull()
  })

  it('waits for no maintenance window', async () => {
    const clock = createShiftedTimer('2026-11-24T03:10:00Z')
    const rig = await openLive({ clock, project: { windows: [{ cron: '0 3 * * *', duration: '1h' }] } })
    clock.moveTo('2026-11-24T05:00:00Z')

    await rig.untilState((await rollBack(rig)).deployment, 'live')

    expect(await liveDigest(rig)).toBe(wanted)
  })

  it('waits for the end of a freeze, and says so', async () => {
    const rig = await openLive()
    const freeze = { project: 'shop', by: 'ada', since: 0, until: null, reason: 'an audit' }
    await rig.control.freeze([rig.host], freeze)
    const { deployment } = await rollBack(rig)
    await rig.untilIdle()
    const waiting = await rig.record(deployment)

    await rig.control.unfreeze([rig.host], 'shop', ['shop'])

    expect(waiting).toMatchObject({ state: 'queued', why: expect.stringContaining('an audit') })
    await rig.untilState(deployment, 'live')
  })
})

it('what was left stays away when Redis has lost everything', async () => {
  const rig = await openLive()
  await rig.reconcile()
  await rig.untilState((await rollBack(rig)).deployment, 'live')
  await rig.untilIdle()
  rig.registry.tags.set('v1', second)
  await rig.redis.flushall()

  await rig.reconcile()

  const again = await until(async () => (await rig.store.deployments('shop', 1))[0])
  expect(await rig.untilState(again.id, 'failed')).toMatchObject({ errorCode: 'DIGEST_HELD' })
  expect(await liveDigest(rig)).toBe(wanted)
})

describe('the newest wins, with rollbacks in the mix:', () => {
  it('a rollback ends a push that waits', async () => {
    const rig = await openLive()
    await rig.queue.pause()
    const pushed = await rig.push('v2', { force: true })
    const { deployment } = await rollBack(rig)
    await rig.queue.resume()

    await rig.untilState(deployment, 'live')
    expect(await rig.record(pushed.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
    })
    expect(await liveDigest(rig)).toBe(wanted)
  })

  it.each(['resolve', 'copy', 'link'] as const)('a rollback ends a push that is in %s', async (place) => {
    const rig = await openLive()
    const gate = holdAt(rig, place)
    const pushed = await rig.push('v2', { force: true })
    await gate.reached

    const { deployment } = await rollBack(rig)
    gate.open()

    await rig.untilState(deployment, 'live')
    expect(await rig.record(pushed.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
      why: 'a rollback was asked for while this one was under way',
    })
    expect(await liveDigest(rig)).toBe(wanted)
  })

  it('a push that migrates goes live first, because its code has to follow, and is left then', async () => {
    const rig = await openLive({ project: { migrate: { command: ['migrate'] } } })
    rig.engine.programs.set('migrate', {})
    const ran = rig.engine.ran.length
    const pushed = await rig.push('v1', { force: true })
    await until(() => rig.engine.ran.length > ran)

    const { deployment } = await rollBack(rig)
    rig.engine.programs.set('migrate', { exitCode: 0 })
    rig.engine.end('slipway-migrate-shop', 0)

    await rig.untilState(deployment, 'live')
    expect(await rig.record(pushed.deployment)).toMatchObject({ state: 'live' })
    expect(await liveDigest(rig)).toBe(second)
  })

  it('a rollback does not wait for the next attempt of a push', async () => {
    const rig = await openLive({ retryDelay: never })
    vi.spyOn(rig.engine, 'keepImage').mockRejectedValueOnce(away)
    const pushed = await rig.push('v2', { force: true })
    await until(async () => (await rig.queue.getDelayedCount()) === 1)

    await rig.untilState((await rollBack(rig)).deployment, 'live')

    expect(await rig.record(pushed.deployment)).toMatchObject({ state: 'superseded' })
  })

  it('a push ends a rollback that waits', async () => {
    const rig = await openLive()
    await rig.queue.pause()
    const rollback = await rollBack(rig)
    const { deployment } = await rig.push('v2', { force: true })
    await rig.queue.resume()

    await rig.untilState(deployment, 'live')
    expect(await rig.record(rollback.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
    })
    expect(await liveDigest(rig)).toBe(second)
  })

  it('a push goes live behind a rollback that is under way', async () => {
    const rig = await openLive({ project: { check } })
    const gate = holdAt(rig, 'check')
    const rollback = await rollBack(rig)
    await gate.reached

    const { deployment } = await rig.push('v2', { force: true })
    gate.open()

    await rig.untilState(deployment, 'live')
    expect(await rig.record(rollback.deployment)).toMatchObject({ state: 'live' })
    expect(await liveDigest(rig)).toBe(second)
  })

  it('a push that was walked before does not come back by a nudge', async () => {
    const rig = await openLive()
    await rig.untilState((await rollBack(rig)).deployment, 'live')

    await rig.reconcile()
    await rig.control.unfreeze([rig.host], 'shop', ['shop'])
    await rig.untilIdle()

    expect(await liveDigest(rig)).toBe(wanted)
    expect((await rig.store.want('shop'))?.back).toEqual(before)
  })

  it.each([1, 2, 3, 4])('whatever comes in whatever order, the last one counts (%s)', async (seed) => {
    const rig = await openLive()
    const random = randomOf(seed)
    const accepted: AcceptedWant[] = []
    for (let at = 0; at < 30; at += 1) {
      const isBack = random() < 0.4
      const digest = random() < 0.5 ? wanted : second
      const target = random() < 0.5 ? before : { release: null, digest }
      accepted.push(
        isBack
          ? await rollBack(rig, target)
          : await rig.push(digest === wanted ? 'v1' : 'v2', { force: true }),
      )
      await pause(random() * 12)
    }
    await rig.untilIdle()

    const records = await Promise.all(accepted.map(({ deployment }) => rig.record(deployment)))
    expect(records.every(({ state }) => isOutcome(state))).toBe(true)
    const last = records.at(-1)
    const { live, seq } = await rig.releases.state()
    const went = records.filter(({ state }) => state === 'live' || state === 'already-live')
    // A rollback may be refused, and only that: then what went live before it stays.
    if (last?.back) expect(['live', 'already-live', 'failed']).toContain(last.state)
    else expect(last?.state).toBe('live')
    expect(
      records.filter(({ state, errorCode }) => state === 'failed' && errorCode !== 'ROLLBACK_REFUSED'),
    ).toEqual([])
    expect(live?.digest).toBe((went.at(-1) ?? expect.fail('nothing went live')).resolvedDigest)
    expect(seq).toBe(went.at(-1)?.seq)
  })
})

/** Numbers from 0 to 1, the same ones for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

describe('the releases of a host', () => {
  const told = async ({ redis: connection, host }: QueueRig) =>
    (await knownReleases(connection, 'shop', { hosts: [host] }))[0]?.releases ?? []

  it('are told after each walk', async () => {
    const rig = await openLive()
    await rig.untilState((await rollBack(rig)).deployment, 'live')
    await rig.untilIdle()

    expect(await told(rig)).toMatchObject([
      { digest: second, tag: 'v2', status: 'live', present: true, live: false },
      { digest: wanted, tag: 'v1', status: 'live', present: true, live: true },
    ])
  })

  it('are told again by reconcile, when a folder is gone or Redis was emptied', async () => {
    const rig = await openLive()
    const [newest, oldest] = (await rig.releases.releases()).toSorted((a, b) => b.seq - a.seq)
    rig.releases.folders.delete(oldest?.name ?? '')
    await rig.redis.flushall()

    await rig.reconcile()

    expect(await told(rig)).toMatchObject([
      { name: newest?.name, present: true },
      { name: oldest?.name, present: false },
    ])
  })

  it('are few, however many there are', async () => {
    const rig = await openLive({ project: { release: { root: '/srv/shop', keep: 2 } } })
    const [some] = await rig.releases.releases()
    for (let at = 0; at < 30; at += 1)
      if (some)
        await rig.releases.saveRelease({ ...some, name: `${at}-0123456789ab-ab12`, seq: at, status: 'bad' })

    await rig.reconcile()

    expect((await told(rig)).length).toBeLessThan(10)
  })
})
