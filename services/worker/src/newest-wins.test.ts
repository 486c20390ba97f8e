import { setTimeout as pause } from 'node:timers/promises'
import { type Deployment, isOutcome, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createShiftedTimer } from '../test/fakes/shifted-timer.ts'
import { holdAt } from '../test/hold-at.ts'
import { digestOf } from '../test/project.ts'
import type { QueueRig, QueueRigOptions } from '../test/queue-rig.ts'
import { openShop, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')
/** Longer than any test takes. */
const never = 600_000

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, options)

/** The newest is what is served, nothing is left to be done, and of the older ones it is said what became of them. */
async function expectNewest(
  rig: QueueRig,
  newest: string,
  ...older: readonly [id: string, state: Deployment['state']][]
): Promise<void> {
  const record = await rig.untilState(newest, 'live')
  await rig.untilIdle()
  expect(record.resolvedDigest).toBe(second)
  expect((await rig.releases.state()).live?.digest).toBe(second)
  expect(await rig.mutex.tryAcquire(rig.root)).not.toBeNull()
  for (const [id, state] of older) {
    const by = state === 'superseded' ? newest : null
    expect(await rig.record(id)).toMatchObject({ state, supersededBy: by, endedAt: expect.any(Number) })
  }
}

describe('a push goes live and the older one has its end', () => {
  it('when the older one waits', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect((await rig.record(old.deployment)).attempts).toBe(0)
    expect([...rig.engine.pulled]).toEqual([second])
  })

  it.each(['resolve', 'pull', 'copy', 'link'] as const)('when the older one is in %s', async (place) => {
    const rig = await open()
    const gate = holdAt(rig, place)
    await rig.start()
    const old = await rig.push('v1')
    await gate.reached

    const { deployment } = await rig.push('v2')
    gate.open()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('when the older one migrates, after that one, because its code has to follow', async () => {
    const rig = await open({ project: { migrate: { command: ['migrate'] } } })
    rig.engine.programs.set('migrate', {})
    await rig.start()
    const old = await rig.push('v1')
    await until(() => rig.engine.ran.length === 1)

    const { deployment } = await rig.push('v2')
    rig.engine.programs.set('migrate', { exitCode: 0 })
    rig.engine.end('slipway-migrate-shop', 0)

    await expectNewest(rig, deployment, [old.deployment, 'live'])
    expect(rig.releases.switches).toHaveLength(2)
  })

  it('when the older one is under way and its attempt fails then, without the pause before the next', async () => {
    const rig = await open({ retryDelay: never })
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const old = await rig.push('v1')
    await gate.reached
    vi.spyOn(rig.engine, 'keepImage').mockRejectedValueOnce(away)

    const { deployment } = await rig.push('v2')
    gate.open()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(await rig.queue.getFailedCount()).toBe(0)
  })

  it('when the older one waits for its next attempt, at once', async () => {
    const rig = await open({ retryDelay: never })
    vi.spyOn(rig.engine, 'pull').mockRejectedValueOnce(away)
    await rig.start()
    const old = await rig.push('v1')
    await until(async () => (await rig.queue.getDelayedCount()) === 1)

    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
  })

  it('when the older one is live', async () => {
    const rig = await open()
    await rig.start()
    const old = await rig.push('v1')
    await rig.untilState(old.deployment, 'live')
    await rig.untilIdle()

    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment, [old.deployment, 'live'])
  })

  it('when the older one failed for good', async () => {
    const rig = await open()
    await rig.start()
    const old = await rig.push('missing')
    await rig.untilState(old.deployment, 'failed')

    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment, [old.deployment, 'failed'])
  })

  it('when the worker of the older one is dead', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
  })

  it('when the workers of the older one died too often', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    const job = await rig.takeAndDie()
    await rig.store.take('shop')
    await rig.redis.hset(rig.queue.toKey(job.id ?? ''), 'stc', 5)
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(await rig.queue.getFailedCount()).toBe(1)
  })

  it('when the older one is retried by hand beside it, one after the other', async () => {
    const rig = await open()
    await rig.start()
    const old = await rig.push('missing')
    await rig.untilState(old.deployment, 'failed')
    await rig.untilIdle()
    const gate = holdAt(rig, 'pull')
    const { deployment } = await rig.push('v2')
    await gate.reached

    const [job] = await rig.queue.getFailed()
    await job?.retry()
    await until(async () => (await rig.queue.getDelayedCount()) === 1)
    gate.open()
    await rig.untilState(deployment, 'live')
    const [waiting] = await rig.queue.getDelayed()
    await waiting?.promote()

    await expectNewest(rig, deployment, [old.deployment, 'failed'])
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('when the older one is being retried by hand as it comes', async () => {
    const rig = await open()
    await rig.start()
    const old = await rig.push('missing')
    await rig.untilState(old.deployment, 'failed')
    await rig.untilIdle()
    rig.registry.tags.set('missing', digestOf('a'))
    const gate = holdAt(rig, 'pull')
    const [job] = await rig.queue.getFailed()
    await job?.retry()
    await gate.reached

    const { deployment } = await rig.push('v2')
    await until(async () => (await rig.queue.getDelayedCount()) === 1)
    gate.open()
    await until(async () => (await rig.queue.getActiveCount()) === 0)
    const [waiting] = await rig.queue.getDelayed()
    await waiting?.promote().catch(() => {})

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(rig.releases.switches).toHaveLength(1)
  })

  it.each<[string, (rig: QueueRig) => Promise<unknown>]>([
    ['removed', async ({ queue }) => (await queue.getWaiting())[0]?.remove()],
    ['drained', ({ queue }) => queue.drain(true)],
    ['obliterated', ({ queue }) => queue.obliterate({ force: true })],
    ['cleaned', ({ queue }) => queue.clean(0, 100, 'wait')],
  ])('when the job of the older one was %s', async (_what, tidy) => {
    const rig = await open()
    const old = await rig.push('v1')
    await tidy(rig)
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
  })

  it.each<[string, (rig: QueueRig) => Promise<unknown>]>([
    ['removed', async ({ queue }) => (await queue.getDelayed())[0]?.remove()],
    ['drained', ({ queue }) => queue.drain(true)],
    ['promoted', async ({ queue }) => (await queue.getDelayed())[0]?.promote()],
  ])('when the job of the older one was %s before its next attempt', async (_what, tidy) => {
    const rig = await open({ retryDelay: never })
    vi.spyOn(rig.engine, 'pull').mockRejectedValueOnce(away)
    await rig.start()
    const old = await rig.push('v1')
    await until(async () => (await rig.queue.getDelayedCount()) === 1)
    const gate = holdAt(rig, 'pull')
    await tidy(rig)

    const { deployment } = await rig.push('v2')
    gate.open()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
  })

  it('when the queue was paused, as soon as it goes on', async () => {
    const rig = await open()
    await rig.start()
    await rig.queue.pause()
    const old = await rig.push('v1')
    await rig.reconcile()
    const { deployment } = await rig.push('v2')
    const waiting = await rig.queue.count()

    await rig.queue.resume()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(waiting).toBe(1)
    expect(await rig.queue.getCompletedCount()).toBe(1)
  })

  it('when a person took the older one back', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    await rig.control.cancel(await rig.record(old.deployment), 'ada')
    await rig.start()

    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment, [old.deployment, 'cancelled'])
    expect([...rig.engine.pulled]).toEqual([second])
  })

  it('when the project was frozen, as soon as it is not', async () => {
    const rig = await open()
    await rig.start()
    const freeze = { project: 'shop', by: 'ada', since: 0, until: null, reason: 'a campaign is running' }
    await rig.control.freeze([rig.host], freeze)
    const old = await rig.push('v1')
    await rig.untilIdle()
    const { deployment } = await rig.push('v2')
    await rig.untilIdle()
    const before = await rig.record(deployment)

    await rig.control.unfreeze([rig.host], 'shop', ['shop'])

    expect(before.state).toBe('queued')
    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
  })

  it('when its maintenance window was closed, as soon as it opens', async () => {
    const clock = createShiftedTimer('2026-11-24T02:00:00Z')
    const windows = [{ cron: '0 3 * * *', duration: '1h' }]
    const rig = await open({ clock, project: { windows } })
    await rig.start()
    const old = await rig.push('v1')
    await until(async () => (await rig.queue.getDelayedCount()) === 1)

    const { deployment } = await rig.push('v2')
    await until(async () => (await rig.record(deployment)).why !== null)
    const job = await until(async () => (await rig.queue.getDelayed())[0])
    clock.moveTo('2026-11-24T03:00:00Z')
    await job.promote()

    await expectNewest(rig, deployment, [old.deployment, 'superseded'])
    expect(rig.releases.switches).toHaveLength(1)
  })
})

describe('a push in the moment in which the job of the older one ends', () => {
  it('is never lost', async () => {
    const rounds = 150
    const rig = await open({ project: { release: { root: '/srv/shop', keep: 2 } } })
    const pushed: string[] = []
    const finished = Promise.withResolvers<void>()
    async function pushNext(): Promise<void> {
      const { deployment } = await rig.push(pushed.length % 2 === 0 ? 'v1' : 'v2')
      pushed.push(deployment)
      if (pushed.length === rounds) finished.resolve()
    }
    const clear = rig.releases.clearIntent.bind(rig.releases)
    // Its outcome, the last lines of its log and the end of the job are still to be written then.
    vi.spyOn(rig.releases, 'clearIntent').mockImplementation(async () => {
      await clear()
      if (pushed.length === rounds) return
      void pause(Math.random() * 5)
        .then(pushNext)
        .catch(finished.reject)
    })
    await rig.start()

    await pushNext()
    await finished.promise

    await expectNewest(rig, pushed.at(-1) ?? '')
    const states = await Promise.all(pushed.map(async (id) => (await rig.record(id)).state))
    expect(new Set(states)).toEqual(new Set(['live']))
  })
})

describe('fifty pushes of a project within a second', () => {
  /** The largest numbers of jobs that were seen at one moment, looked for as often as Redis answers. */
  function watchQueue({ queue }: QueueRig) {
    const most = { active: 0, waiting: 0, looks: 0 }
    let isDone = false
    const looking = (async () => {
      while (!isDone) {
        const { active = 0, ...others } = await queue.getJobCounts('active', 'wait', 'delayed', 'prioritized')
        const waiting = Object.values(others).reduce((sum, count) => sum + count, 0)
        most.active = Math.max(most.active, active)
        most.waiting = Math.max(most.waiting, waiting)
        most.looks += 1
      }
    })()
    return async () => {
      isDone = true
      await looking
      return most
    }
  }

  async function offerMany(rig: QueueRig): Promise<string[]> {
    const tags = Array.from({ length: 50 }, (_, at) => `v${at + 10}`)
    for (const [at, tag] of tags.entries()) {
      const digest = at === tags.length - 1 ? second : `sha256:${String(at + 10).padStart(64, 'c')}`
      rig.registry.tags.set(tag, digest)
      rig.engine.images.set(digest, { 'public/index.php': `<?php echo ${at};` })
    }
    return tags
  }

  it('make two runs of it, when the first is long', async () => {
    const rig = await open()
    const [first = '', ...rest] = await offerMany(rig)
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const stopWatching = watchQueue(rig)
    const { deployment: begun } = await rig.push(first)
    await gate.reached

    const pushed = await Promise.all(rest.map((tag) => rig.push(tag)))
    gate.open()

    const newest = pushed.toSorted((a, b) => b.seq - a.seq)[0]?.deployment ?? ''
    await rig.untilState(newest, 'live')
    await rig.untilIdle()
    const most = await stopWatching()
    expect(most).toMatchObject({ active: 1, waiting: expect.toSatisfy((count: number) => count <= 1) })
    expect(most.looks).toBeGreaterThan(20)
    for (const id of [begun, ...pushed.map(({ deployment }) => deployment)]) {
      if (id !== newest) expect(await rig.record(id)).toMatchObject({ state: 'superseded' })
    }
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('each have an end, and the last one is live, when runs end in between', async () => {
    const rig = await open()
    const tags = await offerMany(rig)
    await rig.start()
    const stopWatching = watchQueue(rig)

    const pushed: string[] = []
    for (const tag of tags) {
      pushed.push((await rig.push(tag)).deployment)
      await pause(Math.random() * 15)
    }

    await expectNewest(rig, pushed.at(-1) ?? '')
    const { active, waiting } = await stopWatching()
    expect(active).toBe(1)
    expect(waiting).toBeLessThanOrEqual(1)
    const states = await Promise.all(pushed.map(async (id) => (await rig.record(id)).state))
    expect(states.every(isOutcome)).toBe(true)
    expect(states.filter((state) => state === 'live')).toHaveLength(rig.releases.switches.length)
  })
})
