import { formatMinute, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createShiftedTimer, type ShiftedTimer } from '../test/fakes/shifted-timer.ts'
import { releaseOf } from '../test/project.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { wanted } from '../test/rig.ts'
import { openShop, openShops, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

const minute = 60_000
const night = '2026-11-24T02:00:00Z'
const now = Date.parse(night)

let redis: RedisServer
beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})
afterAll(() => redis.stop())

interface CoolRig extends QueueRig {
  readonly clock: ShiftedTimer
}

/** A host where it is two o'clock at night and an image has to be an hour old. */
async function open(options: QueueRigOptions = {}): Promise<CoolRig> {
  const clock = createShiftedTimer(night)
  const project = { cooldown: '1h', ...options.project }
  const rig = await openShop(redis.url, { clock, now: clock.now, ...options, project })
  await rig.start()
  return { ...rig, clock }
}

const delayed = (rig: QueueRig) => until(async () => (await rig.queue.getDelayed())[0])

describe('an image that is younger than the cooldown', () => {
  it('waits, and says why and until when on the record and in the logs', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now - 20 * minute)

    const { deployment } = await rig.push('v1')

    const job = await delayed(rig)
    const record = await rig.record(deployment)
    expect(record).toMatchObject({ state: 'queued', resolvedDigest: wanted, errorCode: null, endedAt: null })
    expect(record.why).toBe(
      'sha256:aaaaaaaaaaaa was made less than 1h ago: waits for its cooldown until 2026-11-24 02:40Z',
    )
    expect(Math.abs(job.delay - 40 * minute)).toBeLessThan(10_000)
    expect(await rig.store.log(deployment)).toContain(`[resolve] ${record.why}`)
    expect(rig.engine.pulled.size).toBe(0)
    expect(rig.ends).toEqual([])
  })

  it('is deployed by itself when it is old enough', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now - 60 * minute + 700)

    const { deployment } = await rig.push('v1')
    await delayed(rig)

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ why: null, errorCode: null })
    expect(rig.clock.now()).toBeGreaterThanOrEqual(now + 700)
  })

  it('makes room for a newer push, whose own age counts', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now).set(second, now - 61 * minute)
    const { deployment: young } = await rig.push('v1')
    await delayed(rig)

    const { deployment } = await rig.push('v2')

    await rig.untilState(deployment, 'live')
    expect(await rig.record(young)).toMatchObject({ state: 'superseded', supersededBy: deployment })
  })

  it('is what the tag is when the wait is over, not when it began', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now - 60 * minute + 700).set(second, now - 120 * minute)
    const { deployment } = await rig.push('v1')
    await delayed(rig)
    rig.registry.tags.set('v1', second)

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ resolvedDigest: second })
  })

  it('waits again when somebody wakes its project too early', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now)
    const { deployment } = await rig.push('v1')
    await delayed(rig)

    await rig.control.unfreeze([rig.host], null, ['shop'])

    await until(async () => (await rig.record(deployment)).attempts === 2)
    await delayed(rig)
    expect(await rig.record(deployment)).toMatchObject({ state: 'queued', attempts: 2 })
  })

  it('ends at once when a person takes it back', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now)
    const { deployment } = await rig.push('v1')
    await delayed(rig)

    await rig.control.cancel(await rig.control.find(deployment, [rig.host]), 'ada')

    expect(await rig.record(deployment)).toMatchObject({ state: 'cancelled' })
  })

  it('counts from the push where it has no believable date', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, Date.UTC(2099, 0, 1))

    const { deployment } = await rig.push('v1')

    await delayed(rig)
    const until = formatMinute(now + 60 * minute)
    expect((await rig.record(deployment)).why).toBe(
      `sha256:aaaaaaaaaaaa has no believable date and was pushed less than 1h ago: waits for its cooldown until ${until}`,
    )
    rig.clock.moveTo('2026-11-24T03:00:01Z')
    await rig.control.unfreeze([rig.host], null, ['shop'])
    await rig.untilState(deployment, 'live')
  })
})

describe('no cooldown holds back', () => {
  it('an image that is old enough', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now - 60 * minute)

    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('a person who insists', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now)

    await rig.untilState((await rig.push('v1', { force: true })).deployment, 'live')
  })

  it('what is live already', async () => {
    const live = { ...releaseOf(1_000, 'a', { status: 'live' }), digest: wanted }
    const rig = await open({ live })
    rig.registry.made.set(wanted, now)

    await rig.untilState((await rig.push('v1')).deployment, 'already-live')
  })

  it('a rollback', async () => {
    const live = releaseOf(2_000, 'c', { status: 'live' })
    const rig = await open({ live })
    await rig.releases.saveRelease({ ...releaseOf(1_000, 'a', { status: 'live' }), digest: wanted })
    rig.registry.made.set(wanted, now)

    const { deployment } = await rig.push('v1', { tag: null, back: { release: null, digest: wanted } })

    await rig.untilState(deployment, 'live')
  })

  it('a host that joins behind another one of its rollout', async () => {
    const clock = createShiftedTimer(night)
    const own = { clock, now: clock.now, project: { cooldown: '1h' } }
    const { rigs, push, untilStates } = await openShops(redis.url, { order: 'rolling' }, [own, own])
    const [one, other] = rigs
    one?.registry.made.set(wanted, now - 61 * minute)
    other?.registry.made.set(wanted, now)
    for (const rig of rigs) await rig.start()

    await untilStates(await push('v1'), ['live', 'live'])
  })
})

describe('a registry that does not tell the age', () => {
  it.each(['REGISTRY_PROTOCOL', 'IMAGE_PLATFORM_UNSUITABLE'] as const)(
    'for good (%s): the push counts',
    async (code) => {
      const rig = await open()
      rig.registry.created = () => Promise.reject(new SlipwayError(code, 'It cannot be read.'))

      const { deployment } = await rig.push('v1')

      await delayed(rig)
      expect((await rig.record(deployment)).why).toContain('has no believable date')
    },
  )

  it('for now: the deployment is tried again, and nothing young slips through', async () => {
    const rig = await open()
    rig.registry.made.set(wanted, now - 61 * minute)
    const { created } = rig.registry
    rig.registry.created = (request) => {
      rig.registry.created = created
      void request
      return Promise.reject(new SlipwayError('REGISTRY_UNAVAILABLE', 'It is away.'))
    }

    const { deployment } = await rig.push('v1')

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 2 })
  })
})
