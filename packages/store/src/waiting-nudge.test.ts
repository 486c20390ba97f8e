import { nudgeName, nudgeOptions, type Wanted } from '@slipway/core'
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { acceptPart } from './accept.ts'
import { connectWaiting } from './connection.ts'
import { createPushStore, type PushStore } from './push-store.ts'
import { createRunStore, type RunStore } from './run-store.ts'
import { nudgeKeysOf } from './waiting-nudge.ts'

// Held against the installed BullMQ, with its own Queue and Worker: which keys tell that a further nudge would change
// nothing is its private matter, and a later version may keep them elsewhere.

const token = 'the test'
const retry = { attempts: 3, delay: 15_000 }
const wanted: Wanted = {
  project: 'shop',
  host: 'web1',
  image: 'registry.example.com/acme/shop',
  tag: 'latest',
  digest: null,
}
const clock = { now: () => Date.UTC(2026, 10, 23) }
const root = 'slipway:{web1}:deploy-web1:'

let redis: TestRedis
let queue: Queue
let worker: Worker
let store: PushStore
let runs: RunStore
let made = 0

beforeAll(async () => {
  redis = await startRedis()
  const own = { connection: redis.connection, prefix: 'slipway:{web1}' }
  queue = new Queue('deploy-web1', own)
  worker = new Worker('deploy-web1', null, { ...own, autorun: false })
  store = createPushStore({ redis: await redis.connect(), retry, clock })
  runs = createRunStore(redis.connection, 'web1', clock)
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await Promise.all([queue.close(), worker.close(), store.close()])
  await redis[Symbol.asyncDispose]()
})

const nudge = () => queue.add(nudgeName, { project: 'shop' }, nudgeOptions('shop', retry))

async function begin(): Promise<Job> {
  return (await worker.getNextJob(token, { block: false })) ?? expect.fail('nothing waits')
}

/** What the script says of a new push. */
async function isNudgeNeeded(): Promise<boolean> {
  made += 1
  const trigger = { kind: 'command', by: 'ada' } as const
  const part = { wanted, deployment: `dtest${made}`, trigger }
  return (await acceptPart(redis.connection, clock.now(), part)).needsNudge
}

/** All that the queue is, but for what is told of it and for the number of the next job. */
async function queueState(): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {}
  for (const key of (await redis.connection.keys(`${root}*`)).toSorted()) {
    const name = key.slice(root.length)
    if (name === 'id' || name === 'events' || name === 'meta') continue
    const kind = await redis.connection.type(key)
    if (kind === 'string') state[name] = await redis.connection.get(key)
    else if (kind === 'list') state[name] = await redis.connection.lrange(key, 0, -1)
    else if (kind === 'zset') state[name] = await redis.connection.zrange(key, '0', '-1')
    else if (kind === 'hash') state[name] = await redis.connection.hgetall(key)
    else throw new Error(`a queue holds a ${kind}: ${name}`)
  }
  return state
}

/** Ways in which a project's job can stand, and whether a push needs a nudge then. */
const standings: [string, boolean, () => Promise<unknown>][] = [
  ['there is no job', true, async () => {}],
  ['a job waits', false, nudge],
  [
    'a job waits behind others',
    false,
    async () => {
      for (const project of ['blog', 'docs'])
        await queue.add(nudgeName, { project }, nudgeOptions(project, retry))
      await nudge()
    },
  ],
  [
    'a job waits in a queue that is paused',
    false,
    async () => {
      await queue.pause()
      await nudge()
    },
  ],
  [
    'a job waits whose queue was paused behind it',
    false,
    async () => {
      await nudge()
      await queue.pause()
    },
  ],
  [
    'a job waits with a priority',
    false,
    () => queue.add(nudgeName, { project: 'shop' }, { ...nudgeOptions('shop', retry), priority: 5 }),
  ],
  [
    'a job waits for a time that it was given at its beginning',
    true,
    () => queue.add(nudgeName, { project: 'shop' }, { ...nudgeOptions('shop', retry), delay: 60_000 }),
  ],
  [
    'a job waits for its next attempt',
    true,
    async () => {
      await nudge()
      await (await begin()).moveToDelayed(Date.now() + 60_000, token)
    },
  ],
  [
    'a worker has the job',
    true,
    async () => {
      await nudge()
      await begin()
    },
  ],
  [
    'the job came back to the queue from a worker',
    false,
    async () => {
      await nudge()
      await (await begin()).moveToWait(token)
    },
  ],
  [
    'the job has just been completed',
    true,
    async () => {
      await nudge()
      await (await begin()).moveToCompleted('done', token, false)
    },
  ],
  [
    'the job has just failed',
    true,
    async () => {
      await nudge()
      await (await begin()).moveToFailed(new UnrecoverableError('no'), token, false)
    },
  ],
  [
    'a worker had the job, and one more waits since',
    false,
    async () => {
      await nudge()
      const job = await begin()
      await nudge()
      await job.moveToCompleted('done', token, false)
    },
  ],
  [
    'the job was removed by hand',
    true,
    async () => {
      await (await nudge()).remove()
    },
  ],
  [
    'the key of the job was deleted by hand',
    true,
    async () => {
      await redis.connection.del(`${root}${(await nudge()).id}`)
    },
  ],
  [
    'the whole queue was emptied by hand',
    true,
    async () => {
      await nudge()
      await queue.obliterate({ force: true })
    },
  ],
  [
    'the job failed and somebody tried it again',
    false,
    async () => {
      await nudge()
      const job = await begin()
      await job.moveToFailed(new UnrecoverableError('no'), token, false)
      await redis.connection.set(`${root}de:shop`, job.id ?? '')
      await job.retry()
    },
  ],
]

describe.each(standings)('when %s', (_what, isNeeded, arrange) => {
  it(`a push ${isNeeded ? 'needs a' : 'needs no further'} nudge`, async () => {
    await arrange()

    expect(await isNudgeNeeded()).toBe(isNeeded)
  })

  it('a worker that takes jobs from then on reads the push', async () => {
    await arrange()
    const [accepted] = await store.accept([wanted], { kind: 'command', by: 'ada' })
    await queue.resume()
    // Whatever a worker had, or what waits for a time, goes on.
    for (const job of await queue.getActive()) await job.moveToCompleted('done', token, false).catch(() => {})
    for (const job of await queue.getDelayed()) await job.promote()

    const read = new Set<string>()
    for (;;) {
      const job = await worker.getNextJob(token, { block: false })
      if (!job) break
      if (job.data.project === 'shop') read.add((await runs.take('shop'))?.want.deployment ?? '')
      await job.moveToCompleted('done', token, false)
    }

    expect([...read]).toEqual([accepted?.deployment])
  })
})

describe.each(standings.filter(([, isNeeded]) => !isNeeded))('when %s', (_what, _isNeeded, arrange) => {
  it('a further nudge of BullMQ itself would change nothing', async () => {
    await arrange()
    const before = await queueState()

    await nudge()

    expect(await queueState()).toEqual(before)
  })
})

it('finds the keys of the installed BullMQ where it looks', async () => {
  const keys = nudgeKeysOf('web1')
  const job = await nudge()
  expect(await redis.connection.get(keys.current('shop'))).toBe(job.id)
  expect(await redis.connection.hget(`${keys.jobs}${job.id}`, 'name')).toBe(nudgeName)

  const begun = await begin()
  expect(await redis.connection.lrange(keys.active, 0, -1)).toEqual([job.id])

  await begun.moveToDelayed(Date.now() + 60_000, token)
  expect(await redis.connection.zrange(keys.delayed, '0', '-1')).toEqual([job.id])

  await begun.promote()
  await (await begin()).moveToCompleted('done', token, false)
  expect(await redis.connection.hexists(`${keys.jobs}${job.id}`, 'finishedOn')).toBe(1)
})

it('no push is left behind by a worker that runs meanwhile', async () => {
  const seen = new Map<string, number>()
  const own = {
    connection: connectWaiting({ url: redis.url, username: undefined, password: undefined }),
    prefix: 'slipway:{web1}',
  }
  const running = new Worker(
    'deploy-web1',
    async ({ data }) => {
      const taken = await runs.take(data.project)
      if (taken) seen.set(data.project, Math.max(seen.get(data.project) ?? 0, taken.want.seq))
    },
    { ...own, concurrency: 4, drainDelay: 1 },
  )
  running.on('error', () => {})
  try {
    const newest = new Map<string, number>()
    const projects = ['shop', 'blog', 'docs']
    for (let round = 0; round < 150; round += 1) {
      const pushes = projects.map((project) => ({ ...wanted, project, delivery: `${round} ${project}` }))
      // By one caller, or by one each, who are written together.
      const calls = round % 2 === 0 ? [pushes] : pushes.map((push) => [push])
      const trigger = { kind: 'command', by: 'ada' } as const
      const accepted = (await Promise.all(calls.map((call) => store.accept(call, trigger)))).flat()
      for (const { project, seq } of accepted) newest.set(project, seq)
      // Now and then a worker gets to the end of what waits.
      if (round % 10 === 0) await expect.poll(() => queue.getWaitingCount()).toBe(0)
    }

    await expect.poll(() => Object.fromEntries(seen), { timeout: 10_000 }).toEqual(Object.fromEntries(newest))
  } finally {
    await running.close()
    own.connection.disconnect()
  }
})
