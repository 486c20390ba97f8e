import type { Fleet, Trigger, Wanted } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createControl } from './control.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore } from './run-store.ts'

const image = 'registry.example.com/acme/shop'
const fleet: Fleet = { home: 'web1', policy: { order: 'rolling', maxFailures: 0, onFailure: 'stop' } }
const back = { release: '7-0123456789ab-ab12', digest: null }
const person: Trigger = { kind: 'command', by: 'ada@desk', reason: 'the till is empty' }
const hook: Trigger = { kind: 'webhook', hook: 'main', source: 'acr' }
const retry = { attempts: 3, delay: 15_000 }
const start = Date.UTC(2026, 10, 23)

let redis: TestRedis
let now: number
let store: PushStore
const clock = { now: () => now }
const runs = (host = 'web1') => createRunStore(redis.connection, host, clock)

beforeAll(async () => {
  redis = await startRedis()
  store = createPushStore({ redis: await redis.connect(), retry, clock })
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await store.close()
  await redis[Symbol.asyncDispose]()
})

const push = (hosts: readonly string[] = ['web1'], more: Partial<Wanted> = {}) =>
  store.accept(
    hosts.map((host) => ({ project: 'shop', host, image, tag: 'latest', digest: null, ...more })),
    hook,
  )

const rollBack = (hosts: readonly string[] = ['web1'], more: Partial<Wanted> = {}) =>
  store.accept(
    hosts.map((host) => ({ project: 'shop', host, image, tag: null, digest: null, back, ...more })),
    person,
  )

const one = async (accepted: ReturnType<typeof push>) => (await accepted)[0] ?? expect.fail('nothing')

describe('an accepted rollback', () => {
  it('is what is wanted, and its deployment says who wants it, where to and why', async () => {
    const { deployment } = await one(rollBack())

    expect(await runs().want('shop')).toMatchObject({ deployment, back, tag: null, digest: null })
    expect((await runs().take('shop'))?.want.back).toEqual(back)
    expect(await runs().deployment(deployment)).toMatchObject({ back, trigger: person })
  })

  it('ends what waited before it, queued ones too, and says so', async () => {
    const pushed = await one(push())
    const { deployment } = await one(rollBack())

    expect(await runs().deployment(pushed.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
      why: 'a rollback was asked for before this one was started',
    })
  })

  it('is ended by a push that comes later, whose want knows nothing of it', async () => {
    const rollback = await one(rollBack())
    const { deployment } = await one(push())

    expect(await runs().deployment(rollback.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
      why: 'a newer push arrived before this one was started',
    })
    expect((await runs().want('shop'))?.back).toBeUndefined()
    expect((await runs().deployment(deployment))?.back).toBeNull()
  })

  it('can be tried again after it failed', async () => {
    const { deployment } = await one(rollBack())
    await runs().take('shop')
    await runs().finish(deployment, { outcome: 'failed', errorCode: 'REGISTRY_UNAVAILABLE' })
    const control = createControl({ redis: redis.connection, retry, clock })

    await control.retry(await control.find(deployment, ['web1']))
    await control.close()

    expect((await runs().take('shop'))?.want).toMatchObject({ deployment, back })
  })

  it('that was cancelled behind its switch is asked for anew, and no deploy is advised', async () => {
    const { deployment } = await one(rollBack())
    const timings = [{ step: 'switch', milliseconds: 1, ok: true }]
    await runs().take('shop')
    await runs().finish(deployment, { outcome: 'cancelled', timings })
    const control = createControl({ redis: redis.connection, retry, clock })

    const retrying = control.retry(await control.find(deployment, ['web1']))

    await expect(retrying).rejects.toThrow('say `slipway rollback shop`')
    await control.close()
  })
})

describe('a rollback of a project on several hosts', () => {
  const hosts = ['web1', 'web2']

  it('is no rollout, and each host has its own deployment with the same seq', async () => {
    const accepted = await rollBack(hosts, { fleet })

    expect(accepted.map(({ host }) => host)).toEqual(hosts)
    expect(new Set(accepted.map(({ seq }) => seq)).size).toBe(1)
    for (const { host, deployment, rollout } of accepted) {
      expect(rollout).toBeUndefined()
      expect(await runs(host).want('shop')).toMatchObject({ deployment, back })
      expect((await runs(host).deployment(deployment))?.rollout).toBeNull()
    }
  })

  it('on one host is older than the next push, also by a clock that has gone back', async () => {
    const first = await one(rollBack(['web2'], { fleet }))
    now -= 3_600_000
    const second = await one(rollBack(['web2'], { fleet }))
    const [, pushed] = await push(hosts, { fleet })

    expect(second.seq).toBeGreaterThan(first.seq)
    expect(pushed?.seq).toBeGreaterThan(second.seq)
    expect(await runs('web2').want('shop')).toMatchObject({ deployment: pushed?.deployment })
  })

  it('is newer than a rollout that was accepted before it', async () => {
    const [, pushed] = await push(hosts, { fleet })
    now -= 3_600_000
    const { deployment, seq } = await one(rollBack(['web2'], { fleet }))

    expect(seq).toBeGreaterThan(pushed?.seq ?? Number.POSITIVE_INFINITY)
    expect(await runs('web2').want('shop')).toMatchObject({ deployment })
    expect(await runs('web1').want('shop')).toMatchObject({ tag: 'latest' })
  })
})
