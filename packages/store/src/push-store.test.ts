import type { Trigger, Wanted } from '@slipway/core'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest,
}
const trigger: Trigger = { kind: 'webhook', hook: 'acr-main', source: 'acr' }
const retry = { attempts: 3, delay: 15_000 }
const start = Date.UTC(2026, 10, 23)

let redis: TestRedis
let now: number
let store: PushStore
let runs: RunStore
const clock = { now: () => now }

beforeAll(async () => {
  redis = await startRedis()
  store = createPushStore({ redis: await redis.connect(), retry, clock })
  runs = createRunStore(redis.connection, 'web1', clock)
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
  const [accepted] = await store.accept([{ ...wanted, ...change }], trigger)
  return accepted ?? expect.fail('nothing was accepted')
}

describe('accept', () => {
  it('makes the push the want of its project and writes its deployment', async () => {
    const accepted = await accept()

    expect(accepted).toEqual({
      ...wanted,
      seq: start * 1_000,
      deployment: expect.stringMatching(/^d[a-z0-9]{13}$/),
    })
    expect(await runs.want('shop')).toEqual(accepted)
    expect(await runs.deployment(accepted.deployment)).toEqual({
      id: accepted.deployment,
      project: 'shop',
      host: 'web1',
      seq: accepted.seq,
      image: wanted.image,
      tag: 'latest',
      digest,
      back: null,
      trigger,
      state: 'queued',
      acceptedAt: start,
      startedAt: null,
      endedAt: null,
      attempts: 0,
      resolvedDigest: null,
      release: null,
      supersededBy: null,
      rollout: null,
      cancel: null,
      errorCode: null,
      why: null,
      timings: [],
    })
  })

  it('moves forward within one millisecond and over a clock that goes back', async () => {
    const first = await accept()
    const second = await accept()
    now = start - 3_600_000
    const third = await accept({ tag: 'newest' })

    expect([second.seq - first.seq, third.seq - second.seq]).toEqual([1, 1])
    expect(await runs.want('shop')).toMatchObject({ tag: 'newest', seq: third.seq })
  })

  it('keeps what is exact about a seq over a hundred pushes at once', async () => {
    const all = await store.accept(Array(100).fill(wanted), trigger)

    expect(all.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, at) => start * 1_000 + at),
    )
    expect((await runs.want('shop'))?.seq).toBe(start * 1_000 + 99)
    const states = (await runs.deployments('shop', 1_000)).map(({ state }) => state)
    expect(states).toEqual(['queued', ...Array(99).fill('superseded')])
  })

  it('ends the deployment that still waited as superseded', async () => {
    const first = await accept()
    now += 5
    const second = await accept()

    expect(await runs.deployment(first.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: second.deployment,
      endedAt: start + 5,
      why: 'a newer push arrived before this one was started',
    })
    expect(await redis.connection.ttl(`slipway:{web1}:deployment:${first.deployment}`)).toBeGreaterThan(0)
    expect(await redis.connection.ttl(`slipway:{web1}:deployment:${second.deployment}`)).toBe(-1)
  })

  it('leaves the end of a deployment that was begun to its worker', async () => {
    const first = await accept()
    await runs.take('shop')

    await accept()

    expect((await runs.deployment(first.deployment))?.state).toBe('resolve')
  })

  it('keeps projects and hosts apart', async () => {
    await accept()
    await accept({ project: 'blog' })
    await store.accept([{ ...wanted, host: 'web2', tag: 'other' }], trigger)

    expect((await runs.want('shop'))?.tag).toBe('latest')
    expect((await runs.deployments('shop', 10)).map(({ state }) => state)).toEqual(['queued'])
    expect((await createRunStore(redis.connection, 'web2', clock).want('shop'))?.tag).toBe('other')
  })

  it('writes every push into the ledger, in order', async () => {
    const first = await accept()
    const second = await accept({ tag: null })

    const entries = await redis.connection.xrange('slipway:{web1}:ledger', '-', '+')
    const ledger = entries.map(([, fields]) =>
      Object.fromEntries(
        Array.from({ length: fields.length / 2 }, (_, at) => fields.slice(2 * at, 2 * at + 2)),
      ),
    )
    expect(ledger).toEqual([first, second].map(({ deployment }) => ({ deployment, project: 'shop' })))
  })

  it('queues one nudge a project that carries the name of the project and nothing else', async () => {
    await accept()
    await accept()
    await accept({ project: 'blog' })

    const queue = new Queue('deploy-web1', { connection: redis.connection, prefix: 'slipway:{web1}' })
    const jobs = await queue.getWaiting()
    await queue.close()
    expect(jobs.map(({ data }) => data).toSorted((a, b) => a.project.localeCompare(b.project))).toEqual([
      { project: 'blog' },
      { project: 'shop' },
    ])
    expect(jobs[0]?.opts).toMatchObject({ attempts: 3, deduplication: { keepLastIfActive: true } })
  })

  it('keeps all keys of a host in its own hash slot', async () => {
    await accept()

    const keys = await redis.connection.keys('*')
    expect(keys.filter((key) => !key.startsWith('slipway:{web1}:'))).toEqual([])
  })

  it('forgets the oldest deployments of a project', async () => {
    await store.accept(Array(551).fill(wanted), trigger)

    expect(await redis.connection.llen('slipway:{web1}:history:shop')).toBe(500)
    expect((await runs.deployments('shop', 1))[0]?.seq).toBe(start * 1_000 + 550)
  })
})

describe('a Redis that does not answer', () => {
  it('refuses within the deadline, and takes pushes again once it answers', async () => {
    const impatient = createPushStore({ redis: await redis.connect(), retry, clock, deadline: 300 })
    redis.freeze()
    const begun = performance.now()
    try {
      await expect(impatient.accept([wanted], trigger)).rejects.toMatchObject({
        code: 'REDIS_UNAVAILABLE',
        retryAfterMs: 5_000,
      })
      expect(await impatient.ready()).toBe(false)
      expect(performance.now() - begun).toBeLessThan(3_000)
    } finally {
      redis.thaw()
    }

    await expect.poll(() => impatient.ready(), { timeout: 10_000 }).toBe(true)
    const [accepted] = await impatient.accept([wanted], trigger)
    expect((await runs.want('shop'))?.deployment).toBe(accepted?.deployment)
    await impatient.close()
  })

  it('refuses when there never was one', async () => {
    const own = await startRedis()
    const connection = await own.connect()
    await own[Symbol.asyncDispose]()
    const orphan = createPushStore({ redis: connection, retry, clock, deadline: 300 })

    await expect(orphan.accept([wanted], trigger)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await orphan.close()
  })

  it('refuses what Redis has no memory for', async () => {
    await redis.connection.config('SET', 'maxmemory', '1')
    try {
      await expect(store.accept([wanted], trigger)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    } finally {
      await redis.connection.config('SET', 'maxmemory', '0')
    }
  })
})

describe('many callers at once', () => {
  it('each get their own answer, for projects and hosts of their own', async () => {
    const pushes = Array.from({ length: 130 }, (_, at) => ({
      ...wanted,
      project: `site-${at % 65}`,
      host: at % 3 === 0 ? 'web2' : 'web1',
    }))

    const all = await Promise.all(pushes.map((push) => store.accept([push], trigger)))

    for (const [at, [accepted]] of all.entries()) expect(accepted).toMatchObject(pushes[at] ?? {})
    expect(new Set(all.map(([accepted]) => accepted?.deployment)).size).toBe(130)
    for (const { host, project } of pushes)
      expect(await createRunStore(redis.connection, host, clock).want(project)).toMatchObject({
        host,
        project,
      })
  })

  it('do not hear of what is wrong with the record of another one', async () => {
    // Where nudges wait, those behind the first of several calls go in one command.
    const projects = ['docs', 'shop', 'blog']
    for (const project of projects) for (let left = 2; left > 0; left -= 1) await accept({ project })
    await redis.connection.del('slipway:{web1}:history:blog')
    await redis.connection.set('slipway:{web1}:history:blog', 'no list')
    const push = (project: string) => store.accept([{ ...wanted, project, delivery: 'event 1' }], trigger)

    const all = await Promise.allSettled(projects.map(push))

    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    await redis.connection.del('slipway:{web1}:history:blog')
    const [second] = await push('blog')
    expect(second).not.toHaveProperty('repeated')
    expect((await runs.want('blog'))?.deployment).toBe(second?.deployment)
  })

  it('of projects that need a nudge get theirs, each after its push, with few commands', async () => {
    const projects = Array.from({ length: 40 }, (_, at) => `fresh-${at + 10}`)
    const seen: string[] = []
    const watch = await redis.connect()
    const monitor = await (watch as Redis).monitor()
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      if (source !== 'lua' && /^eval/i.test(args[0] ?? '')) seen.push(args.join(' '))
    })

    await Promise.all(projects.map((project) => store.accept([{ ...wanted, project }], trigger)))

    const isWrite = (command: string) => command.includes('slipway:{web1}:want:')
    await expect.poll(() => seen.filter((command) => !isWrite(command)).length).toBe(projects.length)
    monitor.disconnect()
    watch.disconnect()
    // The first goes out at once, the others together.
    expect(seen.filter(isWrite)).toHaveLength(2)
    for (const project of projects) {
      const push = seen.findIndex((command) => command.includes(` ${project} {`))
      const nudge = seen.findIndex((command) => !isWrite(command) && command.includes(`:de:${project}`))
      expect(push).toBeGreaterThanOrEqual(0)
      expect(nudge).toBeGreaterThan(push)
    }
  })
})
