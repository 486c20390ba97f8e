import { randomBytes } from 'node:crypto'
import type { AcceptedWant, Fleet, Rollout, Trigger, Wanted } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { acceptPart } from './accept.ts'
import { limits } from './limits.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRolloutStore, openRollout, type RolloutStore } from './rollout-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const other = `sha256:${'cd'.repeat(32)}`
const fleet: Fleet = { home: 'web1', policy: { order: 'rolling', maxFailures: 1, onFailure: 'stop' } }
const trigger: Trigger = { kind: 'webhook', hook: 'acr-main', source: 'acr' }
const start = Date.UTC(2026, 10, 23)
const hosts = ['web1', 'web2', 'web3']

let redis: TestRedis
let now: number
let store: PushStore
let rollouts: RolloutStore
const clock = { now: () => now }
const runs = (host: string): RunStore => createRunStore(redis.connection, host, clock)

beforeAll(async () => {
  redis = await startRedis()
  store = createPushStore({ redis: await redis.connect(), retry: { attempts: 3, delay: 15_000 }, clock })
  rollouts = createRolloutStore(redis.connection, clock)
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await store.close()
  await redis[Symbol.asyncDispose]()
})

function wanted(host: string, change: Partial<Wanted> = {}): Wanted {
  const image = 'registry.example.com/acme/shop'
  return { project: 'shop', host, image, tag: 'latest', digest: null, fleet, ...change }
}

/** What is wanted of a project that has this one host only. */
function alone(project: string): Wanted {
  const { fleet: _, ...plain } = wanted('web1', { project })
  return plain
}

function accept(on: readonly string[] = hosts, change: Partial<Wanted> = {}): Promise<AcceptedWant[]> {
  return store.accept(
    on.map((host) => wanted(host, change)),
    trigger,
  )
}

function refOf(accepted: readonly AcceptedWant[]) {
  return accepted[0]?.rollout ?? expect.fail('there is no rollout')
}

async function rolloutOf(accepted: readonly AcceptedWant[]): Promise<Rollout> {
  return (await rollouts.rollout(refOf(accepted))) ?? expect.fail('Redis does not know the rollout')
}

const wantOn = async (host: string) => (await runs(host).want('shop')) ?? expect.fail(`nothing on ${host}`)
const deploymentOn = async (host: string, id: string) =>
  (await runs(host).deployment(id)) ?? expect.fail(`${host} does not know ${id}`)

describe('a push for several hosts', () => {
  it('has one seq and one rollout, and a deployment on each host', async () => {
    const accepted = await accept()

    expect(accepted.map(({ host }) => host)).toEqual(hosts)
    expect(new Set(accepted.map(({ seq }) => seq))).toEqual(new Set([start * 1_000]))
    expect(new Set(accepted.map(({ deployment }) => deployment)).size).toBe(3)
    const ref = { id: expect.stringMatching(/^r[a-z0-9]{13}$/), home: 'web1' }
    expect(accepted.map(({ rollout }) => rollout)).toEqual([refOf(accepted), ref, ref])
    for (const want of accepted) {
      expect(want).not.toHaveProperty('fleet')
      expect(await wantOn(want.host)).toEqual(want)
      expect(await deploymentOn(want.host, want.deployment)).toMatchObject({
        state: 'queued',
        rollout: want.rollout,
        seq: want.seq,
      })
    }
  })

  it('leaves a record of what its hosts share, which is forgotten after a while', async () => {
    const accepted = await accept(hosts, { digest, force: true })

    expect(await rolloutOf(accepted)).toEqual({
      ...refOf(accepted),
      project: 'shop',
      seq: start * 1_000,
      image: 'registry.example.com/acme/shop',
      tag: 'latest',
      hint: digest,
      digest: null,
      force: true,
      policy: fleet.policy,
      hosts: accepted.map(({ host, deployment }) => ({ host, deployment })),
      acceptedAt: start,
    })
    expect(await redis.connection.ttl(`slipway:{web1}:rollout:${refOf(accepted).id}`)).toBe(
      limits.endedSeconds,
    )
  })

  it('is newer than all before it, within one millisecond and over a clock that goes back', async () => {
    const seqs: number[] = []
    for (const back of [0, 0, 3_600_000, 0]) {
      now -= back
      seqs.push((await accept())[0]?.seq ?? 0)
    }

    expect(seqs.map((seq) => seq - start * 1_000)).toEqual([0, 1, 2, 3])
    for (const host of hosts) expect((await wantOn(host)).seq).toBe(start * 1_000 + 3)
  })

  it('ends what still waited on each host, by the id of the newer one there', async () => {
    const first = await accept()
    const second = await accept()

    for (const [at, { host, deployment }] of first.entries())
      expect(await deploymentOn(host, deployment)).toMatchObject({
        state: 'superseded',
        supersededBy: second[at]?.deployment,
      })
  })

  it('takes its seq from the home even when the home itself is not wanted', async () => {
    const [all] = await accept()
    now = start - 60_000
    const [single] = await accept(['web3'])
    const [last] = await accept()

    expect([single?.seq, last?.seq].map((seq) => (seq ?? 0) - (all?.seq ?? 0))).toEqual([1, 2])
    expect(await rolloutOf(single ? [single] : [])).toMatchObject({ home: 'web1', hosts: [{ host: 'web3' }] })
    expect((await wantOn('web2')).seq).toBe(last?.seq)
  })

  it('is newer than what the home wanted when it was the only host', async () => {
    const [single] = await store.accept([alone('shop')], trigger)
    now = start - 60_000

    const [together] = await accept()

    expect((together?.seq ?? 0) - (single?.seq ?? 0)).toBe(1)
    expect((await wantOn('web1')).deployment).toBe(together?.deployment)
  })

  it('keeps the order when the project is left with one host again', async () => {
    const [together] = await accept()
    now = start - 60_000

    const [single] = await store.accept([alone('shop')], trigger)

    expect((single?.seq ?? 0) - (together?.seq ?? 0)).toBe(1)
    expect(single).not.toHaveProperty('rollout')
  })

  it('keeps fleets of different projects in one call apart, beside what goes to one host', async () => {
    const accepted = await store.accept(
      [
        wanted('web1'),
        alone('blog'),
        wanted('web2'),
        wanted('web2', { project: 'docs', fleet: { ...fleet, home: 'web2' } }),
        wanted('web3', { project: 'docs', fleet: { ...fleet, home: 'web2' } }),
      ],
      trigger,
    )

    const rolloutsOf = (project: string) =>
      accepted.filter((one) => one.project === project).map(({ rollout }) => rollout)
    expect(rolloutsOf('blog')).toEqual([undefined])
    expect(rolloutsOf('shop').map((ref) => ref?.home)).toEqual(['web1', 'web1'])
    expect(rolloutsOf('docs').map((ref) => ref?.home)).toEqual(['web2', 'web2'])
    expect(new Set([...rolloutsOf('shop'), ...rolloutsOf('docs')].map((ref) => ref?.id)).size).toBe(2)
  })

  it('nudges every host', async () => {
    await accept()

    for (const host of hosts)
      expect(await redis.connection.llen(`slipway:{${host}}:deploy-${host}:wait`)).toBe(1)
  })
})

describe('two pushes at once', () => {
  it('leave the newest on every host, and the other one superseded by it', async () => {
    const second = createPushStore({
      redis: await redis.connect(),
      retry: { attempts: 3, delay: 15_000 },
      clock,
    })
    try {
      for (let round = 0; round < 25; round++) {
        const [one, two] = await Promise.all([
          accept(hosts, { tag: 'one' }),
          second.accept(
            hosts.map((host) => wanted(host, { tag: 'two' })),
            trigger,
          ),
        ])
        const [older, newer] = (one[0]?.seq ?? 0) < (two[0]?.seq ?? 0) ? [one, two] : [two, one]

        for (const [at, { host, deployment }] of newer.entries()) {
          expect((await wantOn(host)).deployment).toBe(deployment)
          expect((await deploymentOn(host, deployment)).state).toBe('queued')
          expect(await deploymentOn(host, older[at]?.deployment ?? '')).toMatchObject({
            state: 'superseded',
            supersededBy: deployment,
          })
        }
      }
    } finally {
      await second.close()
    }
  })
})

describe('a part that arrives after a newer push', () => {
  async function opened(): Promise<Parameters<typeof acceptPart>[2]> {
    const id = `r${randomBytes(4).toString('hex')}`
    const part = { wanted: wanted('web2', { tag: 'late' }), deployment: 'dlate', trigger }
    const own = [{ host: 'web2', deployment: 'dlate' }]
    const record = { id, ...fleet, hosts: own, wanted: part.wanted, trigger }
    return { ...part, rollout: await openRollout(redis.connection, now, record) }
  }

  it('ends at once as superseded by that one, and is kept for a while only', async () => {
    const part = await opened()
    const newer = await accept()
    now += 5

    const seq = await acceptPart(redis.connection, now, part)

    expect(seq.seq).toBe(part.rollout?.seq)
    expect(await wantOn('web2')).toEqual(newer[1])
    expect(await deploymentOn('web2', 'dlate')).toMatchObject({
      state: 'superseded',
      supersededBy: newer[1]?.deployment,
      endedAt: start + 5,
      why: 'a newer push arrived on this host first',
    })
    expect((await deploymentOn('web2', newer[1]?.deployment ?? '')).state).toBe('queued')
    expect(await redis.connection.ttl('slipway:{web2}:deployment:dlate')).toBe(limits.endedSeconds)
  })

  it('stands in the ledger and behind the newer ones in the history', async () => {
    const older = await accept()
    const part = await opened()
    const newer = [await accept(), await accept()]

    await acceptPart(redis.connection, now, part)

    expect((await runs('web2').deployments('shop', 10)).map(({ id }) => id)).toEqual([
      newer[1]?.[1]?.deployment,
      newer[0]?.[1]?.deployment,
      'dlate',
      older[1]?.deployment,
    ])
    expect(await redis.connection.xlen('slipway:{web2}:ledger')).toBe(4)
  })
})

describe('join', () => {
  /** What a push leaves behind whose sender died before the parts of these hosts. */
  async function torn(...missing: string[]): Promise<Rollout> {
    const id = `r${randomBytes(4).toString('hex')}`
    const all = hosts.map((host) => ({ host, deployment: `d${host}` }))
    const shared = { id, ...fleet, hosts: all, wanted: wanted('web1', { digest, force: true }), trigger }
    const rollout = await openRollout(redis.connection, now, shared)
    for (const { host, deployment } of all) {
      if (missing.includes(host)) continue
      const part = { wanted: wanted(host, { digest, force: true }), deployment, trigger, rollout }
      await acceptPart(redis.connection, now, part)
    }
    return (await rollouts.rollout(rollout)) ?? expect.fail('Redis does not know the rollout')
  }

  const missingOf = async (rollout: Rollout) =>
    (await rollouts.progress(rollout)).filter(({ state }) => state === null)

  it('writes the parts that are missing as the others are', async () => {
    const rollout = await torn('web2', 'web3')

    expect((await missingOf(rollout)).map(({ host }) => host)).toEqual(['web2', 'web3'])
    await rollouts.join(rollout, await missingOf(rollout))

    expect(await missingOf(rollout)).toEqual([])
    const { fleet: _, ...plain } = wanted('web3', { digest, force: true })
    const ref = { id: rollout.id, home: 'web1' }
    expect(await wantOn('web3')).toEqual({ ...plain, seq: rollout.seq, deployment: 'dweb3', rollout: ref })
    expect(await deploymentOn('web3', 'dweb3')).toMatchObject({ state: 'queued', trigger, rollout: ref })
  })

  it('changes nothing the second time, however far the part has come by then', async () => {
    const rollout = await torn('web2')
    const missing = await missingOf(rollout)
    await rollouts.join(rollout, missing)
    await runs('web2').take('shop')
    await runs('web2').progress('dweb2', 'copy')

    await Promise.all([rollouts.join(rollout, missing), rollouts.join(rollout, missing)])

    expect(await deploymentOn('web2', 'dweb2')).toMatchObject({ state: 'copy', attempts: 1 })
    expect((await wantOn('web2')).deployment).toBe('dweb2')
    expect(await redis.connection.xlen('slipway:{web2}:ledger')).toBe(1)
    expect(await redis.connection.llen('slipway:{web2}:history:shop')).toBe(1)
  })

  it('leaves a newer push on such a host in front', async () => {
    const rollout = await torn('web2')
    const newer = await accept()

    await rollouts.join(rollout, await missingOf(rollout))

    expect(await wantOn('web2')).toEqual(newer[1])
    expect((await deploymentOn('web2', 'dweb2')).state).toBe('superseded')
  })

  it('says that slipway itself asked when the record is gone meanwhile', async () => {
    const rollout = await torn('web2')
    await redis.connection.flushall()

    await rollouts.join(rollout, [{ host: 'web2', deployment: 'dweb2' }])

    expect((await deploymentOn('web2', 'dweb2')).trigger).toEqual({ kind: 'reconcile' })
  })
})

describe('progress', () => {
  it('tells the state of each host, in the order of the hosts', async () => {
    const accepted = await accept(['web3', 'web1', 'web2'])
    const rollout = await rolloutOf(accepted)
    await runs('web1').take('shop')
    await runs('web1').progress(accepted[1]?.deployment ?? '', 'pull')
    await redis.connection.del(`slipway:{web2}:deployment:${accepted[2]?.deployment}`)

    expect(await rollouts.progress(rollout)).toEqual([
      { host: 'web3', deployment: accepted[0]?.deployment, state: 'queued', wasStopped: false },
      { host: 'web1', deployment: accepted[1]?.deployment, state: 'pull', wasStopped: false },
      { host: 'web2', deployment: accepted[2]?.deployment, state: null, wasStopped: false },
    ])
  })

  it('tells a host that failed from one that was stopped by the failure of others', async () => {
    const accepted = await accept()
    const [one = '', two = ''] = accepted.map(({ deployment }) => deployment)
    await runs('web1').finish(one, { outcome: 'failed', errorCode: 'CHECK_FAILED' })
    await runs('web2').finish(two, { outcome: 'failed', errorCode: 'ROLLOUT_STOPPED' })

    const progress = await rollouts.progress(await rolloutOf(accepted))

    expect(progress.map(({ state, wasStopped }) => [state, wasStopped])).toEqual([
      ['failed', false],
      ['failed', true],
      ['queued', false],
    ])
  })
})

describe('pin', () => {
  it('keeps the digest of whoever comes first', async () => {
    const accepted = await accept()
    const ref = refOf(accepted)

    expect(await rollouts.pin(ref, digest)).toBe(digest)
    expect(await rollouts.pin(ref, other)).toBe(digest)
    expect((await rolloutOf(accepted)).digest).toBe(digest)
  })

  it('tells all who come at once the same', async () => {
    const ref = refOf(await accept())

    const told = await Promise.all([digest, other, digest, other].map((one) => rollouts.pin(ref, one)))

    expect(new Set(told).size).toBe(1)
  })
})

describe('a rollout that Redis does not know, or not whole', () => {
  it('is nothing', async () => {
    const accepted = await accept()
    await redis.connection.hdel(`slipway:{web1}:rollout:${refOf(accepted).id}`, 'policy')

    expect(await rollouts.rollout({ id: 'r0', home: 'web1' })).toBeNull()
    expect(await rollouts.rollout({ ...refOf(accepted), home: 'web2' })).toBeNull()
    expect(await rollouts.rollout(refOf(accepted))).toBeNull()
  })
})
