import type { Fleet, Trigger, Wanted } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import type { RedisClient } from './connection.ts'
import { limits } from './limits.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRolloutStore } from './rollout-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const trigger: Trigger = { kind: 'webhook', hook: 'acr-main', source: 'acr' }
const retry = { attempts: 3, delay: 15_000 }
const start = Date.UTC(2026, 10, 23)
const fleet: Fleet = { home: 'web1', policy: { order: 'rolling', maxFailures: 0, onFailure: 'stop' } }
const hosts = ['web1', 'web2', 'web3']
const push: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
  delivery: 'event 1',
}
const everywhere = hosts.map((host): Wanted => ({ ...push, host, fleet }))

let redis: TestRedis
let now: number
let connection: RedisClient
let store: PushStore
let runs: RunStore
const clock = { now: () => now }
const runsOn = (host: string) => createRunStore(redis.connection, host, clock)
const jobsOn = (host: string) => redis.connection.llen(`slipway:{${host}}:deploy-${host}:wait`)

beforeAll(async () => {
  redis = await startRedis()
  connection = await redis.connect()
  store = createPushStore({ redis: connection, retry, clock })
  runs = runsOn('web1')
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await store.close()
  await redis[Symbol.asyncDispose]()
})

async function accept(change: Partial<Wanted> = {}) {
  now += 1
  const [accepted] = await store.accept([{ ...push, ...change }], trigger)
  return accepted ?? expect.fail('nothing was accepted')
}

/** A door that has seen nothing yet, as after a start of ingest. */
async function freshStore(): Promise<PushStore> {
  return createPushStore({ redis: await redis.connect(), retry, clock })
}

async function dropJobs(host = 'web1'): Promise<void> {
  const keys = await redis.connection.keys(`slipway:{${host}}:deploy-${host}:*`)
  if (keys.length > 0) await redis.connection.unlink(...keys)
}

describe('a repetition', () => {
  it('is known, and changes nothing', async () => {
    const first = await accept()
    const before = await runs.deployments('shop', 10)

    const second = await accept()

    expect(first).not.toHaveProperty('repeated')
    expect(second).toEqual({ ...first, repeated: true })
    expect(await runs.deployments('shop', 10)).toEqual(before)
    expect((await runs.want('shop'))?.seq).toBe(first.seq)
    expect(await redis.connection.xlen('slipway:{web1}:ledger')).toBe(1)
    expect(await jobsOn('web1')).toBe(1)
  })

  it('does not carry its delivery into Redis, and not back to the caller', async () => {
    const accepted = await accept({ delivery: 'what-the-sender-wrote' })

    expect(JSON.stringify(accepted)).not.toContain('what-the-sender-wrote')
    for (const key of await redis.connection.keys('*'))
      expect(`${key} ${(await redis.connection.dump(key)) ?? ''}`).not.toContain('what-the-sender-wrote')
  })

  it('of what a newer push took the place of does not come back', async () => {
    const first = await accept()
    const newer = await accept({ delivery: 'event 2' })

    const again = await accept()

    expect(again).toMatchObject({ deployment: first.deployment, repeated: true })
    expect((await runs.want('shop'))?.deployment).toBe(newer.deployment)
    expect((await runs.deployment(first.deployment))?.state).toBe('superseded')
  })

  it.each(['live', 'failed', 'rolled-back', 'cancelled'] as const)(
    'of what ended as %s is not run again',
    async (outcome) => {
      const first = await accept()
      await runs.take('shop')
      await runs.finish(first.deployment, { outcome })
      await dropJobs()

      expect(await accept()).toMatchObject({ deployment: first.deployment, repeated: true })
      expect((await runs.deployment(first.deployment))?.state).toBe(outcome)
      expect(await jobsOn('web1')).toBe(0)
    },
  )

  it('of what is under way leaves it alone', async () => {
    await accept()
    await runs.take('shop')
    await dropJobs()

    expect(await accept()).toMatchObject({ repeated: true })
    expect(await jobsOn('web1')).toBe(0)
  })

  it('of what waits for its next attempt does not bring it forward', async () => {
    const first = await accept()
    await runs.take('shop')
    await runs.requeue(first.deployment, 'REGISTRY_UNAVAILABLE', 'away', [])
    await dropJobs()

    expect(await accept()).toMatchObject({ repeated: true })
    expect(await jobsOn('web1')).toBe(0)
  })

  it('twenty times at once comes to one deployment', async () => {
    const other = await freshStore()
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 ? store : other).accept([push], trigger)),
    )
    await other.close()

    const parts = all.flat()
    expect(parts.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(parts.map(({ deployment }) => deployment)).size).toBe(1)
    expect((await runs.deployments('shop', 100)).map(({ state }) => state)).toEqual(['queued'])
    expect(await jobsOn('web1')).toBe(1)
  })

  it('is known for more than a week, among any number of newer pushes', async () => {
    const first = await accept()
    for (let left = limits.deploymentsPerProject + limits.deploymentsTrimmed + 1; left > 0; left -= 1)
      await accept({ delivery: `newer ${left}` })

    expect(await redis.connection.lpos('slipway:{web1}:history:shop', first.deployment)).toBeNull()
    const left = await redis.connection.ttl(`slipway:{web1}:deployment:${first.deployment}`)
    expect(left).toBeGreaterThan(7 * 86_400)
    expect(left).toBeLessThanOrEqual(limits.rememberedSeconds)
    expect(await accept()).toMatchObject({ repeated: true })
  })
})

describe('what is no repetition', () => {
  it('is a push of another delivery, of another project, or of none', async () => {
    const all = [
      await accept(),
      await accept({ delivery: 'event 2' }),
      await accept({ project: 'blog' }),
      await accept({ host: 'web2' }),
    ]

    expect(all.filter(({ repeated }) => repeated)).toEqual([])
    expect(new Set(all.map(({ deployment }) => deployment)).size).toBe(4)
  })

  it('is what a person asks for, however often', async () => {
    const { delivery: _, ...asked } = push
    const by = { kind: 'command', by: 'ada' } as const
    const ids = new Set<string>()
    for (let round = 0; round < 3; round += 1)
      for (const { deployment, repeated } of await store.accept([asked], by)) {
        expect(repeated).toBeUndefined()
        ids.add(deployment)
      }

    expect(ids.size).toBe(3)
  })
})

describe('a first try that did not get into Redis', () => {
  it('is no first try: the next one is taken', async () => {
    await redis.connection.config('SET', 'maxmemory', '1')
    try {
      await expect(store.accept([push], trigger)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    } finally {
      await redis.connection.config('SET', 'maxmemory', '0')
    }

    const second = await accept()

    expect(second).not.toHaveProperty('repeated')
    expect((await runs.want('shop'))?.deployment).toBe(second.deployment)
    expect(await jobsOn('web1')).toBe(1)
  })

  it('in its nudge alone is nudged by the repetition', async () => {
    await accept()
    await dropJobs()

    expect(await accept()).toMatchObject({ repeated: true })
    expect(await jobsOn('web1')).toBe(1)
  })

  it('in its nudge alone is nudged by the repetition behind a job of an older push', async () => {
    await accept({ delivery: 'older' })
    await runs.take('shop')
    await dropJobs()
    const fresh = await freshStore()
    await accept()
    await dropJobs()

    await fresh.accept([push], trigger)
    await fresh.close()

    expect(await jobsOn('web1')).toBe(1)
  })

  it('of a project whose times are its own does not hold another one back', async () => {
    const parts = [push, { ...push, project: 'blog' }]
    await store.accept(parts.slice(0, 1), trigger)

    const accepted = await store.accept(parts, trigger)

    expect(accepted.map(({ project, repeated }) => [project, repeated])).toEqual([
      ['shop', true],
      ['blog', undefined],
    ])
  })
})

describe('a push for several hosts', () => {
  const rolloutsIn = () => redis.connection.keys('slipway:*:rollout:*')

  it('is one rollout, however often it comes', async () => {
    const first = await store.accept(everywhere, trigger)
    now += 5
    const second = await store.accept(everywhere, trigger)

    expect(second).toEqual(first.map((part) => ({ ...part, repeated: true })))
    expect(await rolloutsIn()).toHaveLength(1)
    for (const host of hosts) expect(await runsOn(host).deployments('shop', 10)).toHaveLength(1)
  })

  it('that got into Redis in part is completed by its repetition, as the same rollout', async () => {
    const first = await store.accept(everywhere, trigger)
    // As if the write had ended behind the first host.
    for (const host of ['web2', 'web3']) {
      const keys = await redis.connection.keys(`slipway:{${host}}:*`)
      await redis.connection.unlink(...keys)
    }
    now += 5

    const second = await store.accept(everywhere, trigger)

    expect(second.map(({ host, repeated }) => [host, repeated])).toEqual([
      ['web1', true],
      ['web2', undefined],
      ['web3', undefined],
    ])
    expect(second.map(({ repeated: _, ...part }) => part)).toEqual(first)
    expect(await rolloutsIn()).toHaveLength(1)
    for (const host of hosts) {
      expect((await runsOn(host).want('shop'))?.seq).toBe(first[0]?.seq)
      expect(await jobsOn(host)).toBe(1)
    }
  })

  it('that got into Redis in part does not overtake what came in between', async () => {
    await store.accept(everywhere, trigger)
    await redis.connection.unlink(...(await redis.connection.keys('slipway:{web2}:*')))
    now += 5
    const newer = await store.accept(
      everywhere.map((part) => ({ ...part, delivery: 'event 2' })),
      trigger,
    )
    now += 5

    await store.accept(everywhere, trigger)

    for (const { host, deployment } of newer)
      expect((await runsOn(host).want('shop'))?.deployment).toBe(deployment)
  })

  it('does not grow when the project gets a further host', async () => {
    const first = await store.accept(everywhere.slice(0, 2), trigger)

    const second = await store.accept(everywhere, trigger)

    expect(second.map(({ host }) => host)).toEqual(['web1', 'web2'])
    const ref = first[0]?.rollout ?? expect.fail('there is no rollout')
    const rollout = await createRolloutStore(redis.connection, clock).rollout(ref)
    expect(rollout?.hosts.map(({ host }) => host)).toEqual(['web1', 'web2'])
  })

  it('comes to one rollout twenty times at once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => store.accept(everywhere, trigger)))

    expect(all.flat().filter(({ repeated }) => !repeated)).toHaveLength(3)
    expect(await rolloutsIn()).toHaveLength(1)
    for (const host of hosts)
      expect((await runsOn(host).deployments('shop', 50)).map(({ state }) => state)).toEqual(['queued'])
  })
})
