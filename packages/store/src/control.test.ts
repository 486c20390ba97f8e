import type { Deployment, DeploymentState, Freeze, Outcome, Wanted } from '@slipway/core'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { type Control, createControl } from './control.ts'
import { limits } from './limits.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
}
const retry = { attempts: 3, delay: 15_000 }
const start = Date.UTC(2026, 10, 23)
const switched = [{ step: 'switch', milliseconds: 3, ok: true }]

let redis: TestRedis
let now: number
let pushes: PushStore
let runs: RunStore
let control: Control
let queue: Queue
const clock = { now: () => now }

beforeAll(async () => {
  redis = await startRedis()
  pushes = createPushStore({ redis: await redis.connect(), retry, clock })
  runs = createRunStore(redis.connection, 'web1', clock)
  control = createControl({ redis: redis.connection, retry, clock })
  queue = new Queue('deploy-web1', { connection: redis.connection, prefix: 'slipway:{web1}' })
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await queue.close()
  await control.close()
  await pushes.close()
  await redis[Symbol.asyncDispose]()
})

async function accept(change: Partial<Wanted> = {}): Promise<string> {
  const [accepted] = await pushes.accept([{ ...wanted, ...change }], { kind: 'command', by: 'ada' })
  return accepted?.deployment ?? expect.fail('nothing was accepted')
}

const found = async (id: string): Promise<Deployment> =>
  (await runs.deployment(id)) ?? expect.fail(`Redis does not know ${id}`)
const ttl = (id: string) => redis.connection.ttl(`slipway:{web1}:deployment:${id}`)

async function underWay(state: DeploymentState): Promise<string> {
  const id = await accept()
  await runs.take('shop')
  await runs.progress(id, state)
  return id
}

async function endedAs(outcome: Outcome, timings = switched.slice(1)): Promise<string> {
  const id = await underWay('pull')
  await runs.finish(id, { outcome, errorCode: 'INTERNAL', why: 'so it was', timings })
  return id
}

describe('find', () => {
  it('finds a deployment on whichever host it is', async () => {
    const id = await accept({ host: 'web2' })

    expect(await control.find(id, ['web1', 'web2', 'web3'])).toMatchObject({ id, host: 'web2' })
  })

  it.each([[['web1', 'web3']], [[]]])('refuses what none of %j knows', async (hosts) => {
    const id = await accept({ host: 'web2' })

    await expect(control.find(id, hosts)).rejects.toMatchObject({
      code: 'DEPLOYMENT_UNKNOWN',
      message: `No host of the configuration knows the deployment "${id}".`,
    })
  })
})

describe('cancel', () => {
  it('ends at once what waits, and no worker takes it', async () => {
    const id = await accept()
    now += 1_000

    expect(await control.cancel(await found(id), 'ada')).toBe('cancelled')

    expect(await found(id)).toMatchObject({
      state: 'cancelled',
      endedAt: start + 1_000,
      errorCode: 'CANCELLED',
      why: 'cancelled by ada while it waited',
      cancel: { by: 'ada', at: start + 1_000 },
    })
    expect(await ttl(id)).toBe(limits.endedSeconds)
    expect((await runs.take('shop'))?.before).toBe('cancelled')
    expect(await found(id)).toMatchObject({ state: 'cancelled', attempts: 0, startedAt: null })
  })

  it('ends at once what waits for its next attempt', async () => {
    const id = await underWay('pull')
    await runs.requeue(id, 'PULL_STALLED', 'no progress', [])

    expect(await control.cancel(await found(id), 'ada')).toBe('cancelled')
    expect((await found(id)).state).toBe('cancelled')
  })

  it.each<DeploymentState>(['resolve', 'copy', 'migrate', 'check', 'roll-back'])(
    'asks what is at %s to end, and leaves its end to the worker',
    async (state) => {
      const id = await underWay(state)
      expect(await runs.cancelRequest(id)).toBeNull()

      expect(await control.cancel(await found(id), 'ada')).toBe('asked')

      expect(await found(id)).toMatchObject({ state, endedAt: null, cancel: { by: 'ada', at: start } })
      expect(await runs.cancelRequest(id)).toEqual({ by: 'ada', at: start })
      expect(await ttl(id)).toBe(-1)
    },
  )

  it('asks the run that takes it up after a crash too', async () => {
    const id = await underWay('copy')
    await control.cancel(await found(id), 'ada')

    await runs.take('shop')

    expect(await runs.cancelRequest(id)).toEqual({ by: 'ada', at: start })
  })

  it.each<Outcome>([
    'live',
    'live-with-warnings',
    'already-live',
    'superseded',
    'rolled-back',
    'failed',
    'cancelled',
    'needs-operator',
  ])('refuses what has ended as %s', async (outcome) => {
    const id = await endedAs(outcome)

    await expect(control.cancel(await found(id), 'ada')).rejects.toMatchObject({
      code: 'DEPLOYMENT_ENDED',
      message: `The deployment ${id} of shop has ended as ${outcome}.`,
    })
    expect(await found(id)).toMatchObject({ state: outcome, cancel: null, why: 'so it was' })
  })

  it('goes by what Redis says now, not by what was read before', async () => {
    const before = await found(await accept())
    await runs.take('shop')

    expect(await control.cancel(before, 'ada')).toBe('asked')
  })

  it('refuses what Redis no longer knows, and writes nothing', async () => {
    const before = await found(await accept())
    await redis.connection.flushall()

    await expect(control.cancel(before, 'ada')).rejects.toMatchObject({ code: 'DEPLOYMENT_UNKNOWN' })
    expect(await redis.connection.keys('*')).toEqual([])
  })

  it('never lets one slip through between a worker that takes it and a person who cancels it', async () => {
    for (let round = 0; round < 50; round++) {
      const id = await accept()
      const before = await found(id)

      const taking = round % 2 === 0 ? runs.take('shop') : null
      const cancelling = control.cancel(before, 'ada')
      const [answer, taken] = await Promise.all([cancelling, taking ?? runs.take('shop')])

      expect([answer, taken?.before, (await found(id)).state]).toEqual(
        answer === 'cancelled' ? ['cancelled', 'cancelled', 'cancelled'] : ['asked', 'queued', 'resolve'],
      )
    }
  })
})

describe('retry', () => {
  it.each<Outcome>(['failed', 'cancelled'])('takes up again what ended as %s', async (outcome) => {
    const id = await endedAs(outcome)
    await queue.obliterate({ force: true })

    await control.retry(await found(id))

    expect(await found(id)).toMatchObject({ state: 'queued', endedAt: null, errorCode: null, why: null })
    expect(await ttl(id)).toBe(-1)
    expect((await queue.getWaiting()).map(({ data }) => data)).toEqual([{ project: 'shop' }])
    expect((await runs.take('shop'))?.before).toBe('queued')
    expect((await found(id)).attempts).toBe(2)
  })

  it('lets what was cancelled while it waited be taken, without the request of then', async () => {
    const id = await accept()
    await control.cancel(await found(id), 'ada')

    await control.retry(await found(id))

    expect(await runs.cancelRequest(id)).toBeNull()
    expect(await runs.take('shop')).toMatchObject({ want: { deployment: id }, before: 'queued' })
    expect(await found(id)).toMatchObject({ state: 'resolve', cancel: null })
  })

  it('makes what waits for its next attempt go at once', async () => {
    const id = await underWay('pull')
    await runs.requeue(id, 'PULL_STALLED', 'no progress', [])
    await queue.obliterate({ force: true })
    await queue.add('deploy', { project: 'shop' }, { delay: 60_000, deduplication: { id: 'shop' } })

    await control.retry(await found(id))

    expect(await found(id)).toMatchObject({ state: 'queued', errorCode: 'PULL_STALLED' })
    expect([await queue.getDelayedCount(), await queue.getWaitingCount()]).toEqual([0, 1])
  })

  it.each<[Outcome, string]>([
    ['live', 'it has ended as live'],
    ['live-with-warnings', 'it has ended as live-with-warnings'],
    ['already-live', 'it has ended as already-live'],
    ['superseded', 'it has ended as superseded'],
    ['rolled-back', 'push a mended image, or say `slipway deploy PROJECT --force`'],
    ['needs-operator', 'push a mended image, or say `slipway deploy PROJECT --force`'],
  ])('refuses what ended as %s', async (outcome, advice) => {
    const id = await endedAs(outcome)
    await queue.obliterate({ force: true })

    await expect(control.retry(await found(id))).rejects.toMatchObject({
      code: 'DEPLOYMENT_ENDED',
      message: `The deployment ${id} (${outcome}) cannot be tried again: ${advice}.`,
    })
    expect(await found(id)).toMatchObject({ state: outcome, endedAt: start, why: 'so it was' })
    expect(await queue.getWaitingCount()).toBe(0)
  })

  it('refuses what is under way', async () => {
    const id = await underWay('migrate')

    await expect(control.retry(await found(id))).rejects.toMatchObject({
      code: 'DEPLOYMENT_ENDED',
      message: `The deployment ${id} (migrate) cannot be tried again: it is under way.`,
    })
  })

  it('refuses what was live and was taken back', async () => {
    const id = await endedAs('cancelled', switched)

    await expect(control.retry(await found(id))).rejects.toMatchObject({
      code: 'DEPLOYMENT_ENDED',
      message: expect.stringContaining('it was live and was taken back; say `slipway deploy shop --force`'),
    })
    expect((await found(id)).state).toBe('cancelled')
  })

  it('takes up what was cancelled in a switch that did not come about', async () => {
    const id = await endedAs('cancelled', [{ step: 'switch', milliseconds: 3, ok: false }])

    await control.retry(await found(id))

    expect((await found(id)).state).toBe('queued')
  })

  it.each<Outcome>(['failed', 'cancelled', 'superseded'])(
    'refuses what ended as %s when something newer is wanted',
    async (outcome) => {
      const id = await endedAs(outcome)
      const newer = await accept()

      await expect(control.retry(await found(id))).rejects.toMatchObject({
        code: 'DEPLOYMENT_ENDED',
        message: `The deployment ${id} (${outcome}) cannot be tried again: ${newer} is what is wanted now.`,
      })
      expect((await found(id)).state).toBe(outcome)
    },
  )

  it('refuses what Redis no longer knows', async () => {
    const before = await found(await endedAs('failed'))
    await redis.connection.flushall()

    await expect(control.retry(before)).rejects.toMatchObject({
      code: 'DEPLOYMENT_ENDED',
      message: expect.stringContaining('nothing is what is wanted now'),
    })
    expect(await redis.connection.keys('slipway:{web1}:deployment:*')).toEqual([])
  })
})

describe('freezes', () => {
  const own: Freeze = { project: 'shop', by: 'ada', since: start, until: null, reason: 'sale' }
  const all: Freeze = { project: null, by: 'ben', since: start, until: null, reason: 'audit' }
  const past = { ...own, until: start - 1 }

  it('hold back one project, or all of a host', async () => {
    await control.freeze(['web1'], own)
    await control.freeze(['web2'], all)
    const web2 = createRunStore(redis.connection, 'web2', clock)

    expect(await runs.freeze('shop')).toEqual(own)
    expect(await runs.freeze('blog')).toBeNull()
    expect([await web2.freeze('shop'), await web2.freeze('blog')]).toEqual([all, all])
  })

  it.each<[string, Freeze, Freeze, 'own' | 'all']>([
    ['its own is told when both are for good', own, all, 'own'],
    ['its own is told when both end together', { ...own, until: start }, { ...all, until: start }, 'own'],
    ['its own is told when it ends later', { ...own, until: start + 2 }, { ...all, until: start + 1 }, 'own'],
    ['its own is told when it is for good', own, { ...all, until: start + 1 }, 'own'],
    ['one for all counts when its own has expired', past, all, 'all'],
    ['one for all counts when it ends later', past, { ...all, until: start + 1 }, 'all'],
  ])('of two %s', async (_, mine, everybody, told) => {
    await control.freeze(['web1'], mine)
    await control.freeze(['web1'], everybody)

    expect(await runs.freeze('shop')).toEqual(told === 'own' ? mine : everybody)
  })

  it('are all listed, expired ones too, and the last word on a project counts', async () => {
    await control.freeze(['web1'], own)
    await control.freeze(['web1'], all)
    await control.freeze(['web1'], past)

    expect(await control.freezes('web1')).toHaveLength(2)
    expect(await control.freezes('web1')).toEqual(expect.arrayContaining([past, all]))
    expect(await control.freezes('web2')).toEqual([])
  })

  it('end one by one, and wake those who waited', async () => {
    await control.freeze(['web1', 'web2'], own)
    await control.freeze(['web1'], all)

    expect(await control.unfreeze(['web1'], null, ['shop', 'blog'])).toBe(true)
    expect(await control.freezes('web1')).toEqual([own])
    expect((await queue.getWaiting()).map(({ data }) => data.project).toSorted()).toEqual(['blog', 'shop'])

    expect(await control.unfreeze(['web1', 'web2'], 'shop', ['shop'])).toBe(true)
    expect([...(await control.freezes('web1')), ...(await control.freezes('web2'))]).toEqual([])
    expect(await control.unfreeze(['web1', 'web2'], 'shop', ['shop'])).toBe(false)
  })

  it('that are not whole are passed over', async () => {
    await redis.connection.hset('slipway:{web1}:freezes', 'shop', '{"by":')
    await control.freeze(['web1'], all)

    expect(await runs.freeze('shop')).toEqual(all)
    expect(await control.freezes('web1')).toEqual([all])
  })
})
