import { currentTarget, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { acquire } from '../test/contracts/project-mutex.ts'
import { digestOf } from '../test/project.ts'
import { openQueueRig, type QueueRig, type QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier, wanted } from '../test/rig.ts'

let redis: RedisServer
const second = digestOf('b')
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

/** A host whose registry has the tags `v1` and `v2`. */
async function open(options: QueueRigOptions = {}): Promise<QueueRig> {
  const rig = await openQueueRig(redis.url, { project: { tags: ['/v.*/'] }, ...options })
  rig.registry.tags.set('v1', wanted).set('v2', second)
  rig.engine.images.set(second, { 'public/index.php': '<?php echo 2;' })
  return rig
}

describe('a nudge', () => {
  it('leads to a live release, and the record tells how', async () => {
    const rig = await open()
    await rig.start()

    const { deployment } = await rig.push('v1')

    const record = await rig.untilState(deployment, 'live')
    expect(record).toMatchObject({ attempts: 1, resolvedDigest: wanted, errorCode: null })
    expect(record.timings.map(({ step }) => step)).toEqual([
      'resolve',
      'pull',
      'copy',
      'link',
      'switch',
      'reload',
    ])
    expect(await rig.releases.current()).toBe(currentTarget({ name: record.release ?? '' }))
    const log = await rig.store.log(deployment)
    expect(log[0]).toBe('[resolve] begins')
    expect(log.at(-1)).toBe('outcome: live')
    await rig.untilIdle()
    const [job] = await rig.queue.getCompleted()
    expect(job?.returnvalue).toContain(deployment)
    expect((await rig.queue.getJobLogs(job?.id ?? '')).logs.join('\n')).toBe(log.join('\n'))
  })

  it('waits while somebody else has the project, and that is no failed attempt', async () => {
    const rig = await open()
    const held = await acquire(rig.mutex, rig.root)
    await rig.start()
    const { deployment } = await rig.push('v1')
    await vi.waitUntil(async () => (await rig.queue.getDelayedCount()) === 1)
    const [job] = await rig.queue.getDelayed()
    const before = await rig.store.deployment(deployment)

    await held.release()
    await job?.promote()

    expect(job?.attemptsMade).toBe(0)
    expect(before).toMatchObject({ state: 'queued', attempts: 0 })
    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 1 })
  })

  it('frees the project for the next, however its walk ends', async () => {
    const rig = await open()
    await rig.start()
    await rig.untilState((await rig.push('missing')).deployment, 'failed')

    const { deployment } = await rig.push('v1')

    await rig.untilState(deployment, 'live')
    await vi.waitUntil(async () => (await rig.mutex.tryAcquire(rig.root)) !== null)
  })

  it('ends as failed when its release was rolled back', async () => {
    const rig = await open({ project: { tags: ['/v.*/'], check }, live: earlier, answers: [500, 500, 200] })
    await rig.start()

    const { deployment } = await rig.push('v1')

    expect(await rig.untilState(deployment, 'rolled-back')).toMatchObject({ errorCode: 'CHECK_FAILED' })
    await rig.untilIdle()
    expect(await rig.queue.getFailedCount()).toBe(1)
    const [job] = await rig.queue.getFailed()
    expect(job?.attemptsMade).toBe(1)
  })

  it('does nothing for a deployment that has ended', async () => {
    const rig = await open()
    await rig.start()
    const { deployment } = await rig.push('v1')
    await rig.untilState(deployment, 'live')
    await rig.untilIdle()

    await rig.queue.add('deploy', { project: 'shop' })
    await vi.waitUntil(async () => (await rig.queue.getCompletedCount()) === 2)

    expect(rig.releases.switches).toHaveLength(1)
    expect(await rig.store.deployment(deployment)).toMatchObject({ state: 'live', attempts: 1 })
  })

  it('does nothing when nothing is wanted', async () => {
    const rig = await open()
    await rig.start()

    await rig.queue.add('deploy', { project: 'shop' })

    await vi.waitUntil(async () => (await rig.queue.getCompletedCount()) === 1)
    expect(rig.registry.asked).toEqual([])
  })
})

describe('a failure that may pass', () => {
  it('is tried again, and the record is queued in between', async () => {
    const rig = await open({ retryDelay: 60_000 })
    const pull = vi.spyOn(rig.engine, 'pull').mockRejectedValueOnce(away).mockRejectedValueOnce(away)
    await rig.start()
    const { deployment } = await rig.push('v1')

    for (const attempts of [1, 2]) {
      await vi.waitUntil(async () => (await rig.queue.getDelayedCount()) === 1)
      const [job] = await rig.queue.getDelayed()
      expect(job?.attemptsMade).toBe(attempts)
      expect(await rig.store.deployment(deployment)).toMatchObject({
        state: 'queued',
        errorCode: 'ENGINE_UNAVAILABLE',
        endedAt: null,
        attempts,
      })
      await job?.promote()
    }

    expect(await rig.untilState(deployment, 'live')).toMatchObject({
      attempts: 3,
      errorCode: null,
      why: null,
    })
    expect(pull).toHaveBeenCalledTimes(3)
  })

  it('is final at the last attempt', async () => {
    const rig = await open()
    vi.spyOn(rig.engine, 'pull').mockRejectedValue(away)
    await rig.start()

    const { deployment } = await rig.push('v1')

    const record = await rig.untilState(deployment, 'failed')
    expect(record).toMatchObject({
      errorCode: 'ENGINE_UNAVAILABLE',
      attempts: 3,
      endedAt: expect.any(Number),
    })
    await rig.untilIdle()
    const [job] = await rig.queue.getFailed()
    expect(job?.attemptsMade).toBe(3)
  })

  it('can be nudged again afterwards by hand', async () => {
    const rig = await open()
    const pull = vi.spyOn(rig.engine, 'pull').mockRejectedValue(away)
    await rig.start()
    const { deployment } = await rig.push('v1')
    await rig.untilState(deployment, 'failed')
    await rig.untilIdle()
    pull.mockRestore()

    const [job] = await rig.queue.getFailed()
    await job?.retry()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ errorCode: null, why: null })
  })
})

describe('a failure that stays', () => {
  it('is final at once', async () => {
    const rig = await open()
    await rig.start()

    const { deployment } = await rig.push('missing')

    const record = await rig.untilState(deployment, 'failed')
    expect(record).toMatchObject({ errorCode: 'IMAGE_NOT_FOUND', attempts: 1 })
    await rig.untilIdle()
    const [job] = await rig.queue.getFailed()
    expect(job?.attemptsMade).toBe(1)
  })

  it('before the walk could begin is heard of too', async () => {
    const rig = await open()
    const bad = new SlipwayError('RELEASE_STORE_FAILED', 'The release root is a link.')
    vi.spyOn(rig.releases, 'prepare').mockRejectedValue(bad)
    await rig.start()

    const { deployment } = await rig.push('v1')

    expect(await rig.untilState(deployment, 'failed')).toMatchObject({ errorCode: 'RELEASE_STORE_FAILED' })
    await rig.untilIdle()
    expect(await rig.mutex.tryAcquire(rig.root)).not.toBeNull()
  })

  it('does not carry a secret into the record, the logs or the job', async () => {
    const rig = await open()
    const telling = new SlipwayError('REGISTRY_UNAUTHORIZED', 'The registry refuses ada with a-password.')
    vi.spyOn(rig.registry, 'resolve').mockRejectedValue(telling)
    await rig.start()

    const { deployment } = await rig.push('v1')

    const record = await rig.untilState(deployment, 'failed')
    await rig.untilIdle()
    const [job] = await rig.queue.getFailed()
    const written = [
      record,
      await rig.store.log(deployment),
      job,
      rig.log,
      await rig.queue.getJobLogs(job?.id ?? ''),
    ]
    expect(JSON.stringify(written)).not.toContain('a-password')
    expect(record.why).toContain('[redacted]')
  })
})

describe('a job that somebody edited', () => {
  it.each([
    ['no project', {}],
    ['a path', { project: '../../etc' }],
    ['a number', { project: 42 }],
    ['a list', { project: ['shop'] }],
    ['a name of the language', { project: 'constructor' }],
    ['a project of another host', { project: 'blog' }],
    ['text', 'shop'],
    ['nothing', null],
  ])('to hold %s fails at once and does no harm', async (_what, data) => {
    const rig = await open()
    await rig.start()

    await rig.queue.add('deploy', data, { attempts: 3 })

    await vi.waitUntil(async () => (await rig.queue.getFailedCount()) === 1)
    const [job] = await rig.queue.getFailed()
    expect(job?.attemptsMade).toBe(1)
    expect(job?.failedReason).toContain('PROJECT_UNKNOWN')
    expect(rig.registry.asked).toEqual([])
    await rig.untilState((await rig.push('v1')).deployment, 'live')
  })

  it('to hold more than a project deploys what is wanted and nothing else', async () => {
    const rig = await open()
    await rig.push('v1')
    await rig.queue.obliterate({ force: true })
    await rig.start()

    await rig.queue.add('deploy', {
      project: 'shop',
      digest: second,
      command: ['rm', '-rf', '/'],
      root: '/etc',
    })

    await vi.waitUntil(async () => (await rig.queue.getCompletedCount()) === 1)
    expect([...rig.engine.pulled]).toEqual([wanted])
  })
})

it('a push for a project that this host does not know fails its deployment', async () => {
  const rig = await open()
  await rig.start()

  const { deployment } = await rig.push('v1', 'blog')

  expect(await rig.untilState(deployment, 'failed')).toMatchObject({ errorCode: 'PROJECT_UNKNOWN' })
})

describe('the newest push goes live', () => {
  async function expectNewest(rig: QueueRig, deployment: string): Promise<void> {
    const record = await rig.untilState(deployment, 'live')
    await rig.untilIdle()
    expect(record.resolvedDigest).toBe(second)
    expect((await rig.releases.state()).live?.digest).toBe(second)
    expect(await rig.mutex.tryAcquire(rig.root)).not.toBeNull()
  }

  it('when it comes while the older one waits', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment)
    expect(await rig.store.deployment(old.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
      attempts: 0,
    })
    expect([...rig.engine.pulled]).toEqual([second])
  })

  it('when it comes while the older one is pulled', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const old = await rig.push('v1')
    await gate.reached

    const { deployment } = await rig.push('v2')
    gate.open()

    await expectNewest(rig, deployment)
    expect(await rig.store.deployment(old.deployment)).toMatchObject({
      state: 'superseded',
      supersededBy: deployment,
    })
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('when it comes while the older one ends', async () => {
    const rig = await open()
    let pushed: Promise<string> | undefined
    const clear = rig.releases.clearIntent.bind(rig.releases)
    vi.spyOn(rig.releases, 'clearIntent').mockImplementation(async () => {
      await clear()
      pushed ??= rig.push('v2').then(({ deployment }) => deployment)
    })
    await rig.start()
    const old = await rig.push('v1')
    await rig.untilState(old.deployment, 'live')

    await expectNewest(rig, (await pushed) ?? '')
    expect(rig.releases.switches).toHaveLength(2)
  })

  it('at once when the older one waits for its next attempt', async () => {
    const rig = await open({ retryDelay: 600_000 })
    vi.spyOn(rig.engine, 'pull').mockRejectedValueOnce(away)
    await rig.start()
    const old = await rig.push('v1')
    await vi.waitUntil(async () => (await rig.queue.getDelayedCount()) === 1)

    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment)
    expect(await rig.store.deployment(old.deployment)).toMatchObject({ state: 'superseded' })
  })

  it('when the older one failed', async () => {
    const rig = await open()
    await rig.start()
    await rig.untilState((await rig.push('missing')).deployment, 'failed')

    await expectNewest(rig, (await rig.push('v2')).deployment)
  })

  it('when the worker of the older one is dead', async () => {
    const rig = await open()
    const old = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment)
    expect(await rig.store.deployment(old.deployment)).toMatchObject({ state: 'superseded' })
  })

  it('when the older one is retried by hand beside it, one after the other', async () => {
    const rig = await open()
    await rig.start()
    await rig.untilState((await rig.push('missing')).deployment, 'failed')
    await rig.untilIdle()
    const gate = holdAt(rig, 'pull')
    const { deployment } = await rig.push('v2')
    await gate.reached

    const [job] = await rig.queue.getFailed()
    await job?.retry()
    await vi.waitUntil(async () => (await rig.queue.getDelayedCount()) === 1)
    gate.open()
    await rig.untilState(deployment, 'live')
    const [waiting] = await rig.queue.getDelayed()
    await waiting?.promote()

    await expectNewest(rig, deployment)
    expect(rig.releases.switches).toHaveLength(1)
  })

  it('when the older job was removed by hand', async () => {
    const rig = await open()
    await rig.push('v1')
    await rig.queue.drain()
    const { deployment } = await rig.push('v2')

    await rig.start()

    await expectNewest(rig, deployment)
  })

  it('after many at once, and every one of them has an end', async () => {
    const rig = await open()
    await rig.start()

    const many = await Promise.all(Array.from({ length: 30 }, () => rig.push('v1')))
    const { deployment } = await rig.push('v2')

    await expectNewest(rig, deployment)
    for (const { deployment: id } of many) {
      expect((await rig.store.deployment(id))?.state).toMatch(/^(?:superseded|live|already-live)$/)
    }
  })
})

describe('a worker that dies', () => {
  it('has its job taken up by the next', async () => {
    const rig = await open()
    const { deployment } = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')

    await rig.start()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 2 })
  })

  it('too often at the same job has its deployment closed, and the next push is deployed', async () => {
    const rig = await open()
    const { deployment } = await rig.push('v1')
    const job = await rig.takeAndDie()
    await rig.store.take('shop')
    await rig.redis.hset(rig.queue.toKey(job.id ?? ''), 'stc', 5)

    await rig.start()

    expect(await rig.untilState(deployment, 'failed')).toMatchObject({ errorCode: 'ATTEMPTS_EXHAUSTED' })
    expect(await rig.queue.getFailedCount()).toBe(1)
    expect(rig.registry.asked).toEqual([])
    await rig.untilState((await rig.push('v2')).deployment, 'live')
  })

  it('after its switch has it brought to its end first, and then the newest push is deployed', async () => {
    const rig = await open({ live: earlier })
    const left = await rig.push('v1')
    await rig.takeAndDie()
    await rig.store.take('shop')
    const to = { ...earlier, name: '1500-cccccccccccc-rand', seq: 1_500, deployment: left.deployment }
    rig.releases.folders.set(to.name, ['index.php'])
    const intent = { deployment: left.deployment, to, back: earlier, before: null, failure: null, at: 0 }
    await rig.releases.saveIntent(intent)
    await rig.releases.switchTo(to)
    const { deployment } = await rig.push('v2')

    await rig.start()

    await rig.untilState(deployment, 'live')
    expect(await rig.store.deployment(left.deployment)).toMatchObject({ state: 'live', release: to.name })
  })

  it('or lost the mutex does not switch, and takes it again for the next attempt', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    rig.mutex.lose(rig.root)
    gate.open()

    expect(await rig.untilState(deployment, 'live')).toMatchObject({ attempts: 2 })
    expect(rig.releases.switches).toHaveLength(1)
    expect((await rig.store.log(deployment)).join('\n')).toContain('FENCED')
  })

  it('or lost its lock does not switch, and the job is done by a later run', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached
    const [job] = await rig.queue.getActive()

    await rig.redis.set(`${rig.queue.toKey(job?.id ?? '')}:lock`, 'somebody else', 'PX', 500)
    gate.open()

    await rig.untilState(deployment, 'live')
    expect(rig.releases.switches).toHaveLength(1)
    expect((await rig.store.log(deployment)).join('\n')).toContain('FENCED')
  })
})

describe('a worker that is asked to stop', () => {
  it('lets the running job come to its end', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    const stopped = stop(60_000)
    gate.open()
    await stopped

    expect(await rig.store.deployment(deployment)).toMatchObject({ state: 'live' })
  })

  it('parks the job that does not, without a failed attempt, and the next start goes on', async () => {
    const rig = await open()
    const gate = holdAt(rig, 'pull')
    const stop = await rig.start()
    const { deployment } = await rig.push('v1')
    await gate.reached

    await stop(1)

    expect(await rig.store.deployment(deployment)).toMatchObject({ state: 'queued', errorCode: 'CANCELLED' })
    const [job] = await rig.queue.getJobs(['wait', 'delayed'])
    expect(job?.attemptsMade).toBe(0)
    expect(await rig.queue.getFailedCount()).toBe(0)
    gate.open()
    await rig.start()
    await rig.untilState(deployment, 'live')
    expect(rig.releases.switches).toHaveLength(1)
  })
})

/** Holds the first pull until it is let go or its signal fires. */
function holdAt(rig: QueueRig, method: 'pull') {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const real = rig.engine[method].bind(rig.engine)
  vi.spyOn(rig.engine, method).mockImplementationOnce(async (request) => {
    reached.resolve()
    const stopped = new Promise<never>((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason))
    })
    await Promise.race([opened.promise, stopped])
    await real(request)
  })
  return { reached: reached.promise, open: () => opened.resolve() }
}
