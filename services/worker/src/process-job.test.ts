import { currentTarget, SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { acquire } from '../test/contracts/project-mutex.ts'
import { holdAt } from '../test/hold-at.ts'
import type { QueueRigOptions } from '../test/queue-rig.ts'
import { check, earlier, wanted } from '../test/rig.ts'
import { openShop, second } from '../test/shop.ts'
import { until } from '../test/until.ts'

let redis: RedisServer
const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

const open = (options: QueueRigOptions = {}) => openShop(redis.url, options)

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
    await until(async () => (await rig.queue.getDelayedCount()) === 1)
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
    await until(async () => (await rig.mutex.tryAcquire(rig.root)) !== null)
  })

  it('ends as failed when its release was rolled back', async () => {
    const rig = await open({ project: { check }, live: earlier, answers: [500, 500, 200] })
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
    await until(async () => (await rig.queue.getCompletedCount()) === 2)

    expect(rig.releases.switches).toHaveLength(1)
    expect(await rig.store.deployment(deployment)).toMatchObject({ state: 'live', attempts: 1 })
  })

  it('does nothing when nothing is wanted', async () => {
    const rig = await open()
    await rig.start()

    await rig.queue.add('deploy', { project: 'shop' })

    await until(async () => (await rig.queue.getCompletedCount()) === 1)
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
      await until(async () => (await rig.queue.getDelayedCount()) === 1)
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

  it('does not carry a secret into a job that is tried again, not even into its stack', async () => {
    const rig = await open({ retryDelay: 60_000 })
    const telling = new SlipwayError('PULL_FAILED', 'unauthorized: you said a-password')
    vi.spyOn(rig.engine, 'pull').mockRejectedValue(telling)
    await rig.start()

    await rig.push('v1')

    await until(async () => (await rig.queue.getDelayedCount()) === 1)
    const [job] = await rig.queue.getDelayed()
    expect(job?.stacktrace?.join()).toContain('[redacted]')
    expect(JSON.stringify(await rig.redis.hgetall(rig.queue.toKey(job?.id ?? '')))).not.toContain(
      'a-password',
    )
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

  it('that sent the site back does not carry a secret into the record either', async () => {
    const services = [{ container: 'shop-web', action: 'recreate' }]
    const rig = await open({ project: { services }, live: earlier })
    const telling = new SlipwayError('SERVICE_UNHEALTHY', 'It ended. Its last lines: login with a-password')
    vi.spyOn(rig.services, 'reload').mockRejectedValueOnce(telling)
    await rig.start()

    const { deployment } = await rig.push('v1')

    const record = await rig.untilState(deployment, 'rolled-back')
    expect(record.why).toContain('login with [redacted]')
    expect(JSON.stringify([record, rig.ends])).not.toContain('a-password')
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

    await until(async () => (await rig.queue.getFailedCount()) === 1)
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

    await until(async () => (await rig.queue.getCompletedCount()) === 1)
    expect([...rig.engine.pulled]).toEqual([wanted])
  })
})

it('a push for a project that this host does not know fails its deployment', async () => {
  const rig = await open()
  await rig.start()

  const { deployment } = await rig.push('v1', { project: 'blog' })

  expect(await rig.untilState(deployment, 'failed')).toMatchObject({ errorCode: 'PROJECT_UNKNOWN' })
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
