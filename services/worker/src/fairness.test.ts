import { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openQueueRig } from '../test/queue-rig.ts'
import { openRig } from '../test/rig.ts'
import { until } from '../test/until.ts'

let redis: RedisServer

beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})

afterAll(() => redis.stop())

it('a project that hangs and one that always fails make no other wait for more than one job', async () => {
  const others = ['blog', 'docs', 'forum', 'mail', 'news', 'wiki']
  const hanging = { command: ['hang'], timeout: '4s' }
  const rigs = await Promise.all([
    openRig({ name: 'sick' }),
    ...others.map((name) => openRig({ name, project: { migrate: { command: ['migrate'] } } })),
  ])
  const rig = await openQueueRig(redis.url, {
    concurrency: 2,
    retryDelay: 20,
    project: { migrate: hanging },
    others: rigs.map(({ site }) => site),
  })
  rig.engine.programs.set('hang', {})
  rig.engine.programs.set('migrate', { exitCode: 0 })
  const sick = rigs[0]?.site
  if (sick) {
    const away = new SlipwayError('ENGINE_UNAVAILABLE', 'The engine is away.')
    vi.spyOn(sick.releases, 'findCopied').mockRejectedValue(away)
  }
  await rig.start()

  const hung = await rig.push('latest')
  await until(() => rig.engine.ran.length === 1)
  const failing = await rig.push('latest', { project: 'sick' })
  const pushed: string[] = []
  for (const project of [...others, ...others])
    pushed.push((await rig.push('latest', { project })).deployment)
  await until(async () => {
    const states = await Promise.all(pushed.map(async (id) => (await rig.record(id)).state))
    return states.every((state) => /^(?:live|already-live|superseded)$/.test(state))
  })

  // One of two places is taken all the while, and yet all others have come to their ends.
  expect(await rig.record(hung.deployment)).toMatchObject({ state: 'migrate' })
  const failed = await rig.untilState(failing.deployment, 'failed')
  expect(failed).toMatchObject({ errorCode: 'ENGINE_UNAVAILABLE', attempts: 3 })
  const jobs = await rig.queue.getJobs(['completed', 'failed'])
  const begun = jobs.toSorted((a, b) => (a.processedOn ?? 0) - (b.processedOn ?? 0))
  for (const job of begun.filter(({ data }) => others.includes(data.project))) {
    // Between its push and its begin nobody had a second turn: what failed waited outside of the places.
    const ahead = begun.filter(
      ({ processedOn = 0, timestamp, id }) =>
        id !== job.id && timestamp > job.timestamp && processedOn < (job.processedOn ?? 0),
    )
    expect(ahead).toEqual([])
  }
  expect(await rig.untilState(hung.deployment, 'failed')).toMatchObject({ errorCode: 'MIGRATION_TIMEOUT' })
})
