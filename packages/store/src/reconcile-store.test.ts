import type { Fleet, Outcome, Wanted } from '@slipway/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createReconcileStore, type ReconcileStore } from './reconcile-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'

const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
}
const fleet: Fleet = { home: 'web1', policy: { order: 'parallel', maxFailures: 0, onFailure: 'stop' } }
const start = Date.UTC(2026, 10, 23)
const startSeq = start * 1_000
/** What the host has dealt with, by a clock that was an hour ahead. */
const ahead = startSeq + 3_600_000_000

let redis: TestRedis
let now: number
let pushes: PushStore
let store: ReconcileStore
let runs: RunStore
const clock = { now: () => now }

beforeAll(async () => {
  redis = await startRedis()
  pushes = createPushStore({ redis: await redis.connect(), retry: { attempts: 3, delay: 15_000 }, clock })
  store = createReconcileStore(redis.connection, 'web1')
  runs = createRunStore(redis.connection, 'web1', clock)
})
beforeEach(async () => {
  now = start
  await redis.connection.flushall()
})
afterAll(async () => {
  await pushes.close()
  await redis[Symbol.asyncDispose]()
})

async function accept(change: Partial<Wanted> = {}) {
  const [accepted] = await pushes.accept([{ ...wanted, ...change }], { kind: 'command', by: 'ada' })
  return accepted ?? expect.fail('nothing was accepted')
}

async function endedAs(outcome: Outcome): Promise<string> {
  const { deployment } = await accept()
  await runs.take('shop')
  await runs.finish(deployment, { outcome, why: 'so it was' })
  return deployment
}

describe('survey', () => {
  it('tells what is wanted of more projects than one command takes, in order and with gaps', async () => {
    const projects = Array.from({ length: 1_200 }, (_, at) => `site-${at}`)
    const wants = projects.filter((_, at) => at % 3 !== 1).map((project) => ({ ...wanted, project }))
    const accepted = await pushes.accept(wants, { kind: 'command', by: 'ada' })
    const byProject = new Map(accepted.map((want) => [want.project, want]))

    const surveyed = await store.survey(projects)

    expect(surveyed.map(({ project }) => project)).toEqual(projects)
    expect(surveyed.map(({ want }) => want)).toEqual(
      projects.map((project) => {
        const want = byProject.get(project)
        return want ? { seq: want.seq, deployment: want.deployment, state: 'queued', rollout: null } : null
      }),
    )
  })

  const surveys = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.connection.info('commandstats'))?.[1])

  it('costs a command for hundreds of projects, and nothing more as long as they rest', async () => {
    const projects = Array.from({ length: 1_200 }, (_, at) => `site-${at}`)
    const before = await surveys()

    const first = await store.survey(projects)
    const between = await surveys()
    const second = await store.survey(projects)

    expect([between - before, (await surveys()) - between]).toEqual([3, 0])
    expect(second).toEqual(first)
  })

  it('sees what is pushed, taken up again or emptied after it came to rest', async () => {
    const look = async () => (await store.survey(['shop', 'blog'])).map(({ want }) => want?.state ?? null)
    const { deployment } = await accept()
    await runs.take('shop')
    await runs.finish(deployment, { outcome: 'failed' })
    expect(await look()).toEqual(['failed', null])

    const pushed = await accept({ project: 'blog' })
    expect(await look()).toEqual(['failed', 'queued'])
    await runs.finish(pushed.deployment, { outcome: 'live' })
    expect(await look()).toEqual(['failed', 'live'])

    await store.reopen('shop', deployment, ['failed'])
    expect(await look()).toEqual(['queued', 'live'])
    await runs.finish(deployment, { outcome: 'failed' })
    expect(await look()).toEqual(['failed', 'live'])

    await runs.take('shop')
    expect(await look()).toEqual(['resolve', 'live'])
    await redis.connection.flushall()
    expect(await look()).toEqual([null, null])
  })

  it('tells the state of the deployment, what it shares, and what is forgotten', async () => {
    const [shared] = await pushes.accept(
      ['web1', 'web2'].map((host) => ({ ...wanted, host, project: 'shared', fleet })),
      { kind: 'command', by: 'ada' },
    )
    await endedAs('live')
    const forgotten = await accept({ project: 'forgotten' })
    await redis.connection.del(`slipway:{web1}:deployment:${forgotten.deployment}`)

    expect(await store.survey(['shared', 'shop', 'forgotten', 'never'])).toMatchObject([
      { project: 'shared', want: { state: 'queued', rollout: shared?.rollout } },
      { project: 'shop', want: { state: 'live', rollout: null } },
      { project: 'forgotten', want: { deployment: forgotten.deployment, state: null } },
      { project: 'never', want: null },
    ])
    expect(await store.survey([])).toEqual([])
  })

  it('no longer tells what is shared once a push for this host alone came after it', async () => {
    await pushes.accept(
      ['web1', 'web2'].map((host) => ({ ...wanted, host, fleet })),
      { kind: 'command', by: 'ada' },
    )
    const alone = await accept()

    expect(await store.survey(['shop'])).toMatchObject([
      { want: { deployment: alone.deployment, rollout: null } },
    ])
    expect(await runs.want('shop')).not.toHaveProperty('rollout')
  })
})

describe('epoch', () => {
  it('stays as it is, for whoever asks', async () => {
    const first = await store.epoch()
    await accept()

    expect(first).toMatch(/^[0-9a-f]{16}$/)
    expect([await store.epoch(), await createReconcileStore(redis.connection, 'web1').epoch()]).toEqual([
      first,
      first,
    ])
  })

  it('is the same for those who ask at once', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => store.epoch()))).size).toBe(1)
  })

  it('is another one after Redis was emptied', async () => {
    const first = await store.epoch()
    await redis.connection.flushall()
    const second = await store.epoch()

    expect(second).not.toBe(first)
    expect(await store.epoch()).toBe(second)
  })

  it('is its own on each host', async () => {
    expect(await createReconcileStore(redis.connection, 'web2').epoch()).not.toBe(await store.epoch())
  })
})

describe('raise', () => {
  it('makes the next push newer than what the host has dealt with', async () => {
    expect(await store.raise('shop', ahead, false)).toBe(false)

    expect((await accept()).seq).toBe(ahead + 1)
    expect((await accept({ project: 'blog' })).seq).toBe(startSeq)
  })

  it('makes the next push for several hosts newer too, when this is their home', async () => {
    await store.raise('shop', ahead, false)

    expect((await accept({ fleet })).seq).toBe(ahead + 1)
  })

  it('makes the next push for several hosts newer when their home is another host', async () => {
    const web2 = createReconcileStore(redis.connection, 'web2')
    const queued = await accept({ host: 'web2', fleet })

    expect(await web2.raise('shop', ahead, true, 'web1')).toBe(true)

    const [web1Want, web2Want] = await pushes.accept(
      ['web1', 'web2'].map((host) => ({ ...wanted, host, fleet })),
      { kind: 'command', by: 'ada' },
    )
    expect([web1Want?.seq, web2Want?.seq]).toEqual([ahead + 2, ahead + 2])
    const onWeb2 = createRunStore(redis.connection, 'web2', clock)
    expect(await onWeb2.want('shop')).toEqual(web2Want)
    expect(await onWeb2.deployment(queued.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: web2Want?.deployment,
    })
  })

  it('never lowers what is known', async () => {
    await store.raise('shop', ahead, false)
    await store.raise('shop', startSeq, true)

    expect((await accept()).seq).toBe(ahead + 1)
  })

  it('moves a queued push in front when Redis had lost what it knew', async () => {
    const { deployment } = await accept()

    expect(await store.raise('shop', ahead, true)).toBe(true)

    expect(await runs.want('shop')).toMatchObject({ deployment, seq: ahead + 1 })
    expect(await runs.deployment(deployment)).toMatchObject({ seq: ahead + 1, state: 'queued' })
    expect((await accept()).seq).toBe(ahead + 2)
    expect((await runs.deployment(deployment))?.state).toBe('superseded')
  })

  it('moves one that has the very seq of the host', async () => {
    await accept()

    expect(await store.raise('shop', startSeq, true)).toBe(true)
    expect((await runs.want('shop'))?.seq).toBe(startSeq + 1)
  })

  it('moves it once, however often it is asked', async () => {
    await accept()
    await store.raise('shop', ahead, true)

    expect(await store.raise('shop', ahead, true)).toBe(false)
    expect((await runs.want('shop'))?.seq).toBe(ahead + 1)
  })

  it.each([
    ['Redis had lost nothing', ahead, false],
    ['it is the newer one already', startSeq - 1, true],
  ])('leaves a queued push where it is when %s', async (_, seq, isLost) => {
    await accept()

    expect(await store.raise('shop', seq, isLost)).toBe(false)
    expect((await runs.want('shop'))?.seq).toBe(startSeq)
  })

  it('leaves alone what is under way', async () => {
    await accept()
    await runs.take('shop')

    expect(await store.raise('shop', ahead, true)).toBe(false)
    expect((await runs.want('shop'))?.seq).toBe(startSeq)
  })

  it.each<Outcome>(['live', 'failed', 'cancelled'])('leaves alone what ended as %s', async (outcome) => {
    await endedAs(outcome)

    expect(await store.raise('shop', ahead, true)).toBe(false)
    expect((await runs.want('shop'))?.seq).toBe(startSeq)
  })

  it('makes nothing wanted where nothing was', async () => {
    expect(await store.raise('shop', ahead, true)).toBe(false)

    expect(await runs.want('shop')).toBeNull()
    expect(await runs.take('shop')).toBeNull()
    expect((await store.survey(['shop']))[0]?.want).toBeNull()
  })
})

describe('reopen', () => {
  it('puts back to the queue what ended in one of the states', async () => {
    const id = await endedAs('live')

    expect(await store.reopen('shop', id, ['already-live', 'live'])).toBe(true)
    expect(await runs.deployment(id)).toMatchObject({ state: 'queued', endedAt: null, why: null })
    expect(await redis.connection.ttl(`slipway:{web1}:deployment:${id}`)).toBe(-1)
    expect((await runs.take('shop'))?.before).toBe('queued')
  })

  it('leaves what is in any other state', async () => {
    const id = await endedAs('failed')

    expect(await store.reopen('shop', id, ['already-live', 'live'])).toBe(false)
    expect(await store.reopen('shop', id, [])).toBe(false)
    expect(await runs.deployment(id)).toMatchObject({ state: 'failed', why: 'so it was' })
  })

  it('leaves what is no longer wanted', async () => {
    const id = await endedAs('live')
    await accept()

    expect(await store.reopen('shop', id, ['live'])).toBe(false)
    expect((await runs.deployment(id))?.state).toBe('live')
  })

  it('makes nothing of what Redis does not know', async () => {
    expect(await store.reopen('shop', 'd0', ['live'])).toBe(false)
    expect(await redis.connection.keys('*')).toEqual([])
  })
})
