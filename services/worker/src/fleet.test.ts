import { currentTarget, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { holdAt } from '../test/hold-at.ts'
import type { Fleet, QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier, wanted } from '../test/rig.ts'
import { openShops, second } from '../test/shop.ts'

let redis: RedisServer
const bad = [500, 500, 200] as const
const well: QueueRigOptions = { live: earlier, project: { check } }
const sick: QueueRigOptions = { ...well, answers: bad }

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

/** Hosts whose workers run. */
async function start(
  rollout: object,
  options: readonly QueueRigOptions[],
): Promise<Fleet & { web: QueueRig[] }> {
  const fleet = await openShops(redis.url, rollout, options)
  await Promise.all(fleet.rigs.map((rig) => rig.start()))
  return { ...fleet, web: [...fleet.rigs] }
}

const stopped = { errorCode: 'ROLLOUT_STOPPED' }

/** Nothing is under way on any host, and nobody has been told to look again. */
async function untilQuiet({ rigs }: Fleet): Promise<void> {
  // What one host tells another when it ends, it tells before its job has ended.
  for (const rig of [...rigs, ...rigs]) await rig.untilIdle()
}

describe('the hosts of a project', () => {
  it('all get what the first one found, also when the tag moves in between', async () => {
    const fleet = await start({}, [{}, {}, {}])
    const [web1, web2, web3] = fleet.web as [QueueRig, QueueRig, QueueRig]
    const gates = [web2, web3].map((rig) => holdAt(rig, 'resolve'))
    const deployments = await fleet.push('v1')
    await web1.untilState(deployments[0] ?? '', 'live')
    await Promise.all(gates.map(({ reached }) => reached))

    for (const rig of [web2, web3]) rig.registry.tags.set('v1', second)
    for (const gate of gates) gate.open()

    await fleet.untilStates(deployments, ['live', 'live', 'live'])
    for (const rig of fleet.web) expect((await rig.releases.state()).live?.digest).toBe(wanted)
    const seqs = await Promise.all(fleet.web.map(async (rig) => (await rig.store.want('shop'))?.seq))
    expect(new Set(seqs).size).toBe(1)
  })

  it('ask for the digest itself when another one has found it', async () => {
    const fleet = await start({ order: 'rolling' }, [{}, {}])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]

    await fleet.untilStates(await fleet.push('v1'), ['live', 'live'])

    expect(web1.registry.asked.map(({ reference }) => reference)).toEqual(['v1'])
    expect(web2.registry.asked.map(({ reference }) => reference)).toEqual([wanted])
  })

  it('each have their end when a newer push comes, and the newer one is live on all', async () => {
    const fleet = await start({ order: 'rolling' }, [{}, {}, {}])
    const gate = holdAt(fleet.web[1] as QueueRig, 'pull')
    const old = await fleet.push('v1')
    await gate.reached

    const next = await fleet.push('v2')
    gate.open()

    await fleet.untilStates(next, ['live', 'live', 'live'])
    expect(await fleet.states(old)).toEqual(['live', 'superseded', 'superseded'])
    for (const rig of fleet.web) expect((await rig.releases.state()).live?.digest).toBe(second)
  })

  it('end on the same push, whatever number of them come at once', async () => {
    const fleet = await start({}, [{}, {}])

    const pushed = await Promise.all(Array.from({ length: 12 }, (_, at) => fleet.push(at % 2 ? 'v1' : 'v2')))

    await untilQuiet(fleet)
    const wants = await Promise.all(fleet.web.map((rig) => rig.store.want('shop')))
    expect(new Set(wants.map((want) => want?.seq)).size).toBe(1)
    const served = await Promise.all(fleet.web.map(async (rig) => (await rig.releases.state()).live?.digest))
    expect(new Set(served).size).toBe(1)
    for (const deployments of pushed)
      for (const state of await fleet.states(deployments))
        expect(state).toMatch(/^(?:live|already-live|superseded)$/)
  })
})

describe('a rolling order', () => {
  it('begins a host only when the one before it is live', async () => {
    const fleet = await start({ order: 'rolling' }, [well, {}, {}])
    const [web1, web2, web3] = fleet.web as [QueueRig, QueueRig, QueueRig]
    const gate = holdAt(web1, 'check')
    const deployments = await fleet.push('v1')
    await gate.reached
    await web1.untilState(deployments[0] ?? '', 'check')
    await web2.untilIdle()
    await web3.untilIdle()

    const waiting = await fleet.states(deployments)
    const { why } = await web2.record(deployments[1] ?? '')
    gate.open()

    expect(waiting).toEqual(['check', 'queued', 'queued'])
    expect(why).toContain('waits for the hosts before it')
    await fleet.untilStates(deployments, ['live', 'live', 'live'])
    const records = await Promise.all(fleet.web.map((rig, at) => rig.record(deployments[at] ?? '')))
    for (const [at, record] of records.entries())
      if (at > 0) expect(record.startedAt).toBeGreaterThanOrEqual(records[at - 1]?.endedAt ?? 0)
  })

  it('goes on with a host whose job saw the one before it a moment too early', async () => {
    const fleet = await start({ order: 'rolling' }, [{}, {}])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    const gate = holdAt(web1, 'pull')
    const wait = web2.store.wait.bind(web2.store)
    let deployments: string[] = []
    vi.spyOn(web2.store, 'wait').mockImplementationOnce(async (id, why) => {
      await gate.reached
      gate.open()
      // By now the first one has looked whom to wake, and found this job.
      await web1.untilState(deployments[0] ?? '', 'live')
      await web1.untilIdle()
      await wait(id, why)
    })

    deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['live', 'live'])
  })

  it('goes on when a host finds the digest live already', async () => {
    const live = { ...earlier, digest: wanted }
    const fleet = await openShops(redis.url, { order: 'rolling' }, [{ live }, {}])
    for (const rig of fleet.rigs) {
      await rig.releases.restore(currentTarget(live))
      await rig.start()
    }

    await fleet.untilStates(await fleet.push('v1'), ['already-live', 'live'])
  })

  it('goes on when a worker that died behind its switch is brought to its end', async () => {
    const fleet = await openShops(redis.url, { order: 'rolling' }, [well, {}])
    const [web1, web2] = fleet.rigs as [QueueRig, QueueRig]
    const deployments = await fleet.push('v1')
    const [deployment = ''] = deployments
    await web2.start()
    await web2.untilIdle()
    const { seq } = await web1.record(deployment)
    await web1.takeAndDie()
    await web1.store.take('shop')
    const to = { ...earlier, name: `${seq}-aaaaaaaaaaaa-rand`, seq, digest: wanted, deployment }
    web1.releases.folders.set(to.name, ['index.php'])
    await web1.releases.saveIntent({ deployment, to, back: earlier, before: null, failure: null, at: 0 })
    await web1.releases.switchTo(to)

    await web1.start()

    await fleet.untilStates(deployments, ['live', 'live'])
  })
})

describe('a host that fails', () => {
  it.each([
    ['in its check', sick, 'rolled-back'],
    ['before its switch', { answers: [200] }, 'failed'],
  ] as const)('%s keeps the rest from being started', async (where, first, state) => {
    const fleet = await openShops(redis.url, { order: 'rolling' }, [first, well, well])
    if (where === 'before its switch') fleet.rigs[0]?.engine.images.delete(wanted)
    await Promise.all(fleet.rigs.map((rig) => rig.start()))

    const deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, [state, 'failed', 'failed'])
    for (const at of [1, 2]) {
      const rig = fleet.rigs[at] as QueueRig
      const record = await rig.record(deployments[at] ?? '')
      expect(record).toMatchObject(stopped)
      expect(record.why).toContain('It was not started.')
      expect(rig.registry.asked).toEqual([])
      expect(await rig.releases.current()).toBe(currentTarget(earlier))
    }
  })

  it('where not even its walk could begin keeps the rest from being started', async () => {
    const fleet = await openShops(redis.url, { order: 'rolling' }, [{}, {}])
    const [web1, web2] = fleet.rigs as [QueueRig, QueueRig]
    const broken = new SlipwayError('RELEASE_STORE_FAILED', 'The release root is a link.')
    vi.spyOn(web1.releases, 'prepare').mockRejectedValue(broken)
    const deployments = await fleet.push('v1')
    await web2.start()
    await web2.untilIdle()

    await web1.start()

    await fleet.untilStates(deployments, ['failed', 'failed'])
    expect(await web2.record(deployments[1] ?? '')).toMatchObject(stopped)
  })

  it('leaves the hosts that are live as they are', async () => {
    const fleet = await start({ order: 'rolling' }, [well, sick, well])

    const deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['live', 'rolled-back', 'failed'])
    await untilQuiet(fleet)
    expect((await fleet.web[0]?.releases.state())?.live?.digest).toBe(wanted)
  })

  it('is tolerated up to the number that is configured', async () => {
    const fleet = await start({ order: 'rolling', max_failures: 1 }, [sick, well, sick, well])

    const deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['rolled-back', 'live', 'rolled-back', 'failed'])
    expect(await fleet.web[3]?.record(deployments[3] ?? '')).toMatchObject(stopped)
  })

  it('lets the rollout go on when it is tried again and is well', async () => {
    const fleet = await openShops(redis.url, { order: 'rolling' }, [{}, {}])
    const [web1, web2] = fleet.rigs as [QueueRig, QueueRig]
    web1.engine.images.delete(wanted)
    await Promise.all(fleet.rigs.map((rig) => rig.start()))
    const deployments = await fleet.push('v1')
    await fleet.untilStates(deployments, ['failed', 'failed'])
    await untilQuiet(fleet)
    web1.engine.images.set(wanted, { 'public/index.php': '<?php' })

    await web1.control.retry(await web1.record(deployments[0] ?? ''))
    await web1.untilState(deployments[0] ?? '', 'live')
    await web2.control.retry(await web2.record(deployments[1] ?? ''))

    await fleet.untilStates(deployments, ['live', 'live'])
  })
})

describe('where live hosts are to go back', () => {
  const rollout = { order: 'rolling', on_failure: 'roll_back' }

  it('they do, and hold the digest', async () => {
    const fleet = await start(rollout, [well, well, sick, well])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]

    const deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back', 'rolled-back', 'failed'])
    for (const [at, rig] of [web1, web2].entries()) {
      const record = await rig.record(deployments[at] ?? '')
      expect(record).toMatchObject({ ...stopped, resolvedDigest: wanted })
      expect(record.why).toContain('the database was not changed back')
      expect(await rig.releases.current()).toBe(currentTarget(earlier))
      expect(await rig.releases.state()).toMatchObject({ live: { digest: earlier.digest }, held: [wanted] })
    }
    expect(await fleet.web[2]?.record(deployments[2] ?? '')).toMatchObject({ errorCode: 'CHECK_FAILED' })
  })

  it('one that was under way when the other one failed does too, as soon as it is live', async () => {
    const fleet = await start({ ...rollout, order: 'parallel' }, [well, sick])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    const gate = holdAt(web1, 'check')
    const deployments = await fleet.push('v1')
    await gate.reached
    await web2.untilState(deployments[1] ?? '', 'rolled-back')
    await web2.untilIdle()

    gate.open()

    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back'])
    expect(await web1.record(deployments[0] ?? '')).toMatchObject(stopped)
    expect(await web1.releases.current()).toBe(currentTarget(earlier))
  })

  it('one that is tidying up when the other one fails does too', async () => {
    const fleet = await start({ ...rollout, order: 'parallel' }, [well, sick])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    const gate = holdAt(web2, 'check')
    const list = web1.releases.releases.bind(web1.releases)
    let deployments: string[] = []
    // Called last of all when a release is live, to let old ones go.
    vi.spyOn(web1.releases, 'releases').mockImplementation(async () => {
      const [mine = '', other = ''] = deployments
      if ((await web1.store.deployment(mine))?.state === 'live' && gate) {
        gate.open()
        await web2.untilState(other, 'rolled-back')
        await web2.untilIdle()
      }
      return list()
    })

    deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back'])
  })

  it('one that was cancelled too late does too', async () => {
    const fleet = await start(rollout, [well, sick])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    const gate = holdAt(web2, 'check')
    const saved = web1.releases.saveState.bind(web1.releases)
    vi.spyOn(web1.releases, 'saveState').mockImplementationOnce(async (state) => {
      await saved(state)
      await web1.control.cancel(await web1.record(state.live?.deployment ?? ''), 'ada')
    })
    const deployments = await fleet.push('v1')
    await gate.reached
    const before = await fleet.states(deployments)

    gate.open()

    expect(before[0]).toBe('live')
    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back'])
  })

  it('one that has nothing to go back to stays, and nobody tries for ever', async () => {
    const fleet = await start(rollout, [{ project: { check } }, sick])
    const [web1] = fleet.web as [QueueRig]

    const deployments = await fleet.push('v1')

    await fleet.untilStates(deployments, ['live', 'rolled-back'])
    await untilQuiet(fleet)
    expect((await web1.releases.state()).live?.digest).toBe(wanted)
    expect(web1.releases.switches).toHaveLength(1)
    expect((await web1.store.log(deployments[0] ?? '')).join('\n')).toContain('no good release before it')
  })

  it('one that is frozen does too', async () => {
    const fleet = await start(rollout, [well, sick])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    const gate = holdAt(web2, 'check')
    const deployments = await fleet.push('v1')
    await gate.reached
    await web1.control.freeze([web1.host], {
      project: null,
      by: 'ada',
      since: 0,
      until: null,
      reason: 'a day',
    })

    gate.open()

    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back'])
  })

  it('one whose worker was not there does too, when reconcile looks', async () => {
    const fleet = await openShops(redis.url, rollout, [well, sick])
    const [web1, web2] = fleet.rigs as [QueueRig, QueueRig]
    const stop = await web1.start()
    const gate = holdAt(web2, 'check')
    await web2.start()
    const deployments = await fleet.push('v1')
    await gate.reached
    await web1.untilIdle()
    await stop(0)
    gate.open()
    await web2.untilState(deployments[1] ?? '', 'rolled-back')
    await web2.untilIdle()
    await web1.queue.obliterate({ force: true })

    await web1.reconcile()
    await web1.start()

    await fleet.untilStates(deployments, ['rolled-back', 'rolled-back'])
  })

  it('they do not flap when the same push comes again', async () => {
    const fleet = await start(rollout, [well, sick])
    const [web1, web2] = fleet.web as [QueueRig, QueueRig]
    await fleet.untilStates(await fleet.push('v1'), ['rolled-back', 'rolled-back'])
    await untilQuiet(fleet)
    const switches = web1.releases.switches.length + web2.releases.switches.length

    const again = await fleet.push('v1')

    await fleet.untilStates(again, ['failed', 'failed'])
    expect(await web1.record(again[0] ?? '')).toMatchObject({ errorCode: 'DIGEST_HELD' })
    expect(web1.releases.switches.length + web2.releases.switches.length).toBe(switches)
  })
})

describe('a part of a rollout that was never written', () => {
  it.each(['parallel', 'rolling'])('is joined by the next worker that looks: %s', async (order) => {
    const fleet = await openShops(redis.url, { order }, [{}, {}, {}])
    const [web1, web2, web3] = fleet.rigs as [QueueRig, QueueRig, QueueRig]
    const deployments = await fleet.push('v1')
    // As if whoever accepted it had died behind the first host.
    for (const { redis: connection, host, queue } of [web2, web3]) {
      await queue.obliterate({ force: true })
      const keys = await connection.keys(`slipway:{${host}}:*`)
      await connection.del(...keys)
    }
    await Promise.all(fleet.rigs.map((rig) => rig.start()))

    await web1.queue.add('deploy', { project: 'shop' })

    await fleet.untilStates(deployments, ['live', 'live', 'live'])
    for (const rig of [web2, web3]) expect((await rig.releases.state()).live?.digest).toBe(wanted)
  })
})
