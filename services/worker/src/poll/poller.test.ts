import { SlipwayError } from '@slipway/core'
import { createRedisServer, type RedisServer } from '@slipway/lab'
import { createDeploymentReader } from '@slipway/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calm, failureOf } from '../../test/failure.ts'
import { every, openPollRig, type PollRig } from '../../test/poll-rig.ts'
import { digestOf, releaseOf } from '../../test/project.ts'

const [first, second, third] = [digestOf('1'), digestOf('2'), digestOf('3')]

let redis: RedisServer
beforeAll(async () => {
  redis = await createRedisServer()
  await redis.start()
})
afterAll(() => redis.stop())

/** Makes it what the host serves, and what is remembered as wanted. */
async function goLive(rig: PollRig, digest: string, tag = 'latest', seq = 1_000): Promise<void> {
  const live = { ...releaseOf(seq, 'e', { tag, status: 'live' }), digest }
  await rig.releases.saveState({ ...(await rig.releases.state()), live, good: live, seq })
}

const wantedDigests = async (rig: PollRig) => (await rig.deployments()).map(({ digest }) => digest)

describe('a push that nobody told of', () => {
  it('is wanted like any other, with what the registry said as its hint', async () => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    rig.registry.tags.set('latest', first)
    await rig.poll()
    expect(await rig.deployments()).toEqual([])

    rig.registry.tags.set('latest', second)
    await rig.poll()
    await rig.poll()

    const [found, ...others] = await rig.deployments()
    expect(others).toEqual([])
    expect(found).toMatchObject({
      state: 'queued',
      tag: 'latest',
      digest: second,
      trigger: { kind: 'poll' },
      image: 'registry.example.com/acme/shop',
    })
    expect(await rig.queue.getWaitingCount()).toBe(1)
    expect(rig.said).toEqual([
      { level: 'info', text: 'poll: the registry has what nobody told of', project: 'shop' },
    ])
  })

  it('is found at the first poll, by the credentials of the project', async () => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    rig.registry.tags.set('latest', second)

    await rig.poll()

    expect(await wantedDigests(rig)).toEqual([second])
    expect(rig.registry.asked).toEqual([
      { reference: 'latest', credentials: { username: 'ada', password: 'a-password' } },
    ])
  })

  it('is not doubled by two workers that poll for the same turn', async () => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    rig.registry.tags.set('latest', second)
    const [one, other] = [rig.begin(), rig.begin()]
    let waiting = 0
    const { promise: both, resolve: go } = Promise.withResolvers<void>()
    rig.before = async () => {
      waiting += 1
      if (waiting === 2) go()
      await both
    }

    rig.pass(every)
    await Promise.all([one(calm), other(calm)])

    expect(rig.questions.get('shop')).toBe(2)
    expect(await wantedDigests(rig)).toEqual([second])
  })

  it('is wanted once more when its tag went back and forth', async () => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    for (const digest of [first, second, third, second]) {
      rig.registry.tags.set('latest', digest)
      await rig.poll()
    }

    expect(await wantedDigests(rig)).toEqual([second, third, second])
  })

  it('goes to all hosts of the project, asked for by the first one alone', async () => {
    const rig = await openPollRig(redis.url, { hosts: (own) => [own, 'web-z'] })
    rig.registry.tags.set('latest', first)

    await rig.poll()

    const [found] = await rig.deployments()
    expect(found?.rollout).not.toBeNull()
    const elsewhere = await createDeploymentReader(rig.redis, 'web-z').deployments('shop', 50)
    expect(elsewhere).toMatchObject([{ digest: first, rollout: found?.rollout }])

    const behind = await openPollRig(redis.url, { hosts: (own) => ['web-a', own] })
    await behind.poll()
    expect(behind.questions.size).toBe(0)
  })

  it.each<[string, (rig: PollRig) => Promise<unknown>]>([
    ['is held', async (rig) => rig.releases.saveState({ ...(await rig.releases.state()), held: [second] })],
    ['is live', (rig) => goLive(rig, second)],
    ['waits already', (rig) => rig.push('latest', { digest: second })],
    [
      'failed already',
      async (rig) => {
        const { deployment } = await rig.push('latest')
        await rig.store.take('shop')
        await rig.store.finish(deployment, { outcome: 'failed', resolvedDigest: second })
      },
    ],
  ])('is not wanted where it %s', async (_what, prepare) => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    await prepare(rig)
    const before = (await rig.deployments()).length
    rig.registry.tags.set('latest', second)

    await rig.poll()

    expect(await rig.deployments()).toHaveLength(before)
    expect(rig.questions.get('shop')).toBe(1)
  })

  it('is taken back by nobody: what a person put live stays', async () => {
    const rig = await openPollRig(redis.url)
    await goLive(rig, first)
    rig.registry.tags.set('latest', second)
    await rig.poll()
    await goLive(rig, third)
    await rig.push('latest', { tag: null, digest: third })

    await rig.poll()

    expect(await wantedDigests(rig)).toEqual([third, second])
  })
})

describe('versions and expressions', () => {
  it('follow the highest version, and never a lower one', async () => {
    const rig = await openPollRig(redis.url, { project: { tags: ['^1.2'] } })
    await goLive(rig, first, '1.3.0')
    rig.registry.tags.set('1.3.0', first).set('1.2.9', third).set('1.4.0-rc.1', third).set('2.0.0', third)
    await rig.poll()
    expect(await rig.deployments()).toEqual([])

    rig.registry.tags.set('1.10.0', second)
    await rig.poll()

    expect(await rig.deployments()).toMatchObject([{ tag: '1.10.0', digest: second }])
  })

  it('pass over a version that is held for the next one below', async () => {
    const rig = await openPollRig(redis.url, { project: { tags: ['^1.2'] } })
    await goLive(rig, first, '1.3.0')
    await rig.releases.saveState({ ...(await rig.releases.state()), held: [third] })
    rig.registry.tags.set('1.3.0', first).set('1.5.0', third).set('1.4.0', second)

    await rig.poll()

    expect(await rig.deployments()).toMatchObject([{ tag: '1.4.0', digest: second }])
  })

  it('take of an expression what is new since the last poll', async () => {
    const rig = await openPollRig(redis.url, { project: { tags: ['/main-.+/'] } })
    await goLive(rig, first, 'main-5')
    rig.registry.tags.set('main-5', first).set('main-9', third)
    await rig.poll()
    expect(await rig.deployments()).toEqual([])

    rig.registry.tags.set('main-6', second).set('other', third)
    await rig.poll(rig.begin())
    await rig.poll()

    expect(await rig.deployments()).toMatchObject([{ tag: 'main-6', digest: second }])
  })

  it('do not change places with one another', async () => {
    const rig = await openPollRig(redis.url, { project: { tags: ['latest', 'dev'] } })
    await goLive(rig, first)
    rig.registry.tags.set('latest', first).set('dev', second)

    for (const _ of [1, 2, 3]) await rig.poll()
    expect(await rig.deployments()).toEqual([])
    rig.registry.tags.set('dev', third)
    for (const _ of [1, 2, 3]) await rig.poll()

    expect(await rig.deployments()).toMatchObject([{ tag: 'dev', digest: third }])
  })
})

describe('a registry that cannot be asked', () => {
  const limited = new SlipwayError('REGISTRY_RATE_LIMITED', 'Later, a-password.', { retryAfterMs: 1_000_000 })
  const denied = new SlipwayError('REGISTRY_DENIED', 'No.')

  it('is left alone by all projects for as long as it says, also by the next worker', async () => {
    const rig = await openPollRig(redis.url, { more: ['blog', 'wiki', 'docs', 'news', 'mail'] })
    rig.before = () => Promise.reject(limited)
    await rig.poll()
    const asked = [...rig.questions.values()].length
    expect(asked).toBeLessThanOrEqual(4)

    await rig.poll(rig.begin())
    rig.pass(300_000)
    await rig.poll(rig.begin())
    expect([...rig.questions.values()].length).toBe(asked)

    rig.pass(1_000_000)
    rig.before = async () => {}
    await rig.poll()
    expect([...rig.questions.keys()]).toHaveLength(6)
  })

  it('is asked less and less often about a project, and at its turn again once it answers', async () => {
    const rig = await openPollRig(redis.url)
    rig.before = () => Promise.reject(denied)

    const asked: number[] = []
    for (let at = 0; at < 8; at += 1) {
      await rig.poll()
      asked.push(rig.questions.get('shop') ?? 0)
    }

    expect(asked).toEqual([1, 2, 2, 3, 3, 3, 3, 4])
    expect(await rig.polled()).toMatchObject({ failures: 4, errorCode: 'REGISTRY_DENIED' })
    rig.before = async () => {}
    rig.pass(3_600_000)
    await rig.poll()
    await rig.poll()
    expect(rig.questions.get('shop')).toBe(6)
    expect(await rig.polled()).toMatchObject({ failures: 0, errorCode: null, backOffUntil: null })
  })

  it('is one line where it begins and one where it ends, whoever restarts meanwhile', async () => {
    const rig = await openPollRig(redis.url)
    rig.before = () => Promise.reject(limited)
    for (const _ of [1, 2, 3]) {
      rig.pass(4_000_000)
      await rig.poll(rig.begin())
    }
    rig.before = async () => {}
    rig.pass(4_000_000)
    await rig.poll(rig.begin())
    await rig.poll()

    expect(rig.questions.get('shop')).toBeGreaterThan(4)
    expect(rig.said.filter(({ text }) => text.includes('cannot be asked'))).toHaveLength(1)
    expect(rig.said.filter(({ text }) => text.includes('answers again'))).toHaveLength(1)
    expect(rig.said[0]?.level).toBe('warn')
  })

  it('leaves no secret in Redis, and no answer is lost', async () => {
    const rig = await openPollRig(redis.url)
    rig.registry.tags.set('latest', first)
    await rig.poll()
    rig.before = () => Promise.reject(limited)
    await rig.poll()

    const record = await rig.polled()
    expect(record.why).toBe('Project shop: Later, [redacted].')
    expect(record.answers.latest).toMatchObject({ digest: first })
  })

  it('does not have a tag: that is an answer, and asked again at the next turn', async () => {
    const rig = await openPollRig(redis.url)
    rig.registry.tags.clear()
    for (const _ of [1, 2, 3]) await rig.poll()

    expect(rig.questions.get('shop')).toBe(3)
    expect(await rig.polled()).toMatchObject({ failures: 0, errorCode: null, answers: {} })
    expect(rig.said).toEqual([])
  })
})

describe('a turn', () => {
  it('is taken once, also when a new worker begins right behind it', async () => {
    const rig = await openPollRig(redis.url)
    await rig.poll()
    for (const _ of [1, 2, 3]) await rig.begin()(calm)

    expect(rig.questions.get('shop')).toBe(1)
    expect((await rig.polled()).nextAt).toBeGreaterThan(rig.clock.now)
  })

  it('has no more than four questions at once', async () => {
    const more = Array.from({ length: 20 }, (_, at) => `site-${at}`)
    const rig = await openPollRig(redis.url, { more })
    let [now, most] = [0, 0]
    rig.before = async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((done) => setTimeout(done, 5))
      now -= 1
    }

    await rig.poll()

    expect(rig.questions.size).toBe(21)
    expect(most).toBe(4)
  })

  it('ends with its signal, and is taken again', async () => {
    const rig = await openPollRig(redis.url)
    const stop = new AbortController()
    const why = new SlipwayError('INTERRUPTED', 'Stop.')
    rig.before = async () => {
      stop.abort(why)
      throw why
    }
    const poller = rig.begin()
    rig.pass(every)
    expect((await failureOf(poller(stop.signal))).code).toBe('INTERRUPTED')

    rig.before = async () => {}
    await poller(calm)
    expect(rig.questions.get('shop')).toBe(2)
  })

  it('is not taken by a project without `poll`', async () => {
    const rig = await openPollRig(redis.url, { project: { poll: undefined } })

    await rig.poll()

    expect(rig.questions.size).toBe(0)
    expect(await rig.redis.keys(`slipway:{${rig.host}}:poll*`)).toEqual([])
  })
})
