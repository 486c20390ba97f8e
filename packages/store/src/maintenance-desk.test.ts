import {
  keyPrefix,
  maintenanceQueueName,
  type PruneRecord,
  pruneKinds,
  type RunAnswer,
  readRunRequest,
  type Verification,
} from '@slipway/core'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startRedis, type TestRedis } from '../test/redis-server.ts'
import { createDriftStore } from './drift-store.ts'
import { createJobEnds } from './job-ends.ts'
import { limits } from './limits.ts'
import { createMaintenanceDesk, type MaintenanceDesk } from './maintenance-desk.ts'
import { createPruneStore } from './prune-store.ts'
import { reportSchedules } from './schedule-report.ts'

let redis: TestRedis
let desk: MaintenanceDesk

beforeAll(async () => {
  redis = await startRedis()
  desk = createMaintenanceDesk(redis.connection)
})
beforeEach(async () => {
  await redis.connection.flushall()
})
afterAll(async () => {
  await desk.close()
  await redis[Symbol.asyncDispose]()
})

function found(more: Partial<Verification> = {}): Verification {
  const counts = { added: 1, changed: 0, missing: 0 }
  const lists = { added: ['shell.php'], changed: [], missing: [], counts }
  const report = { release: '1-abc', digest: 'sha256:a', at: 5, read: 0, files: 3, ...lists }
  const where = { project: 'shop', host: 'web1', at: 5, quick: true, strayed: null }
  return { ...where, report, outcome: 'drift', errorCode: null, why: null, ...more }
}

function pruneRecord(more: Partial<PruneRecord> = {}): PruneRecord {
  const counts = Object.fromEntries(
    pruneKinds.map((kind) => [kind, { kept: 0, deleted: 0, failed: 0 }]),
  ) as PruneRecord['counts']
  return {
    ...{ host: 'web1', startedAt: 5, milliseconds: 9, cause: 'command', by: 'ada@desk', isDryRun: false },
    ...{ outcome: 'done', errorCode: null, why: null, counts, freedBytes: 0, before: [], after: [] },
    ...{ deleted: [], deletedMore: 0, kept: [], keptMore: 0, problems: [], advice: null, ...more },
  }
}

/** Takes jobs of a host as its worker does. */
function take(host: string, work: (data: unknown) => Promise<void>): Worker {
  const connection = { connection: redis.connection, prefix: keyPrefix(host) }
  const worker = new Worker(maintenanceQueueName(host), async ({ data }) => work(data), connection)
  worker.on('error', () => {})
  onTestFinished(() => worker.close())
  return worker
}

describe('a request to look at a live release', () => {
  it('reaches the worker of its host, which answers it', async () => {
    const request = await desk.verify('web1', 'shop', true)
    expect(await desk.state('web1', request)).toBe('waiting')
    expect(await desk.verification('web1', request)).toBeNull()

    take('web1', async (data) => {
      expect(data).toEqual({ project: 'shop', quick: true, request })
      await createDriftStore(redis.connection, 'web1').keep(found(), request)
    })

    await expect.poll(() => desk.state('web1', request)).toBe('ended')
    expect(await desk.verification('web1', request)).toEqual(found())
    expect(await desk.lastVerification('web1', 'shop')).toEqual(found())
  })

  it('is joined as long as it waits, by whoever asks for the same', async () => {
    const first = await desk.verify('web1', 'shop', true)

    expect(await desk.verify('web1', 'shop', true)).toBe(first)
    expect(await desk.verify('web1', 'shop', false)).not.toBe(first)
    expect(await desk.verify('web1', 'blog', true)).not.toBe(first)
    expect(await desk.verify('web2', 'shop', true)).not.toBe(first)
  })

  it('is not joined when a worker has begun: it may have looked before what is asked for now', async () => {
    const request = await desk.verify('web1', 'shop', true)
    const done = Promise.withResolvers<void>()
    take('web1', () => done.promise)
    await expect.poll(() => desk.state('web1', request)).toBe('active')

    expect(await desk.verify('web1', 'shop', true)).not.toBe(request)
    done.resolve()
  })

  it('has ended when its job is gone', async () => {
    const request = await desk.verify('web1', 'shop', true)
    const connection = { connection: redis.connection, prefix: keyPrefix('web1') }
    const queue = new Queue(maintenanceQueueName('web1'), connection)
    await queue.obliterate()
    await queue.close()

    expect(await desk.state('web1', request)).toBe('ended')
  })
})

describe('what was found', () => {
  it('stays as the last of its project, and its answer for an hour', async () => {
    const store = createDriftStore(redis.connection, 'web1')

    await store.keep(found(), 'v0123456789abcdef')

    expect(await store.last('shop')).toEqual(found())
    expect(await store.last('blog')).toBeNull()
    const [last, answer] = ['verified:shop', 'verification:v0123456789abcdef']
    expect(await redis.connection.ttl(`slipway:{web1}:${last}`)).toBeGreaterThan(limits.answerSeconds)
    expect(await redis.connection.ttl(`slipway:{web1}:${answer}`)).toBeLessThanOrEqual(limits.answerSeconds)
  })

  it.each(['busy', 'failed'] as const)('is not forgotten because a later look was %s', async (outcome) => {
    const store = createDriftStore(redis.connection, 'web1')
    await store.keep(found(), null)

    await store.keep(found({ outcome, report: null, why: 'not now' }), 'v0123456789abcdef')

    expect(await store.last('shop')).toEqual(found())
    expect(await desk.verification('web1', 'v0123456789abcdef')).toMatchObject({ outcome, why: 'not now' })
  })

  it('is kept small', async () => {
    const store = createDriftStore(redis.connection, 'web1')
    const { report } = found()
    const names = Array.from({ length: 200 }, () => 'x'.repeat(4_000))

    await store.keep(found({ report: report && { ...report, added: names, changed: names } }), null)

    expect(await redis.connection.strlen('slipway:{web1}:verified:shop')).toBeLessThan(100_000)
  })
})

const answer: RunAnswer = {
  ...{ host: 'web1', name: 'prune', startedAt: 5, milliseconds: 9, by: 'ada@desk' },
  ...{ outcome: 'done', errorCode: null, why: null, prune: null },
}

describe('a request to run a job', () => {
  it('reaches the worker of its host, which answers it', async () => {
    const request = await desk.run('web1', 'prune', { by: 'ada@desk', isDryRun: true })
    expect(await desk.state('web1', request)).toBe('waiting')
    expect(await desk.answer('web1', request)).toBeNull()

    take('web1', async (data) => {
      expect(readRunRequest(data)).toEqual({ request, by: 'ada@desk', isDryRun: true })
      await createJobEnds(redis.connection, 'web1').keep(answer, request)
    })

    await expect.poll(() => desk.state('web1', request)).toBe('ended')
    expect(await desk.answer('web1', request)).toEqual(answer)
    expect(await redis.connection.ttl(`slipway:{web1}:run:${request}`)).toBeGreaterThan(0)
    const { prune: _, ...end } = answer
    expect(await desk.lastRuns('web1')).toEqual(new Map([['prune', end]]))
  })

  it('is joined as long as it waits, by whoever asks for the same, but no plan by a deletion', async () => {
    const by = 'ada@desk'
    const first = await desk.run('web1', 'prune', { by, isDryRun: false })

    expect(await desk.run('web1', 'prune', { by: 'bob@desk', isDryRun: false })).toBe(first)
    expect(await desk.run('web1', 'prune', { by, isDryRun: true })).not.toBe(first)
    expect(await desk.run('web1', 'verify', { by, isDryRun: false })).not.toBe(first)
    expect(await desk.run('web2', 'prune', { by, isDryRun: false })).not.toBe(first)
  })

  it('that was for a plan does not make people believe that the host was pruned', async () => {
    const ends = createJobEnds(redis.connection, 'web1')
    const prune = pruneRecord({ isDryRun: true })

    await ends.keep({ ...answer, prune }, 'r0123456789abcdef')

    expect(await desk.lastRuns('web1')).toEqual(new Map())
    expect(await desk.answer('web1', 'r0123456789abcdef')).toMatchObject({ prune })
  })
})

describe('the schedules of a host', () => {
  const schedules = {
    poll: { every: 10_000 },
    prune: { cron: '0 3 * * *', timezone: 'Asia/Shanghai' },
    reconcile: { every: 300_000 },
  }

  it('are told as they are in place, with what is missing and what differs', async () => {
    const connection = { connection: redis.connection, prefix: keyPrefix('web1') }
    const queue = new Queue(maintenanceQueueName('web1'), connection)
    await queue.upsertJobScheduler('prune', { pattern: '0 3 * * *', tz: 'Asia/Shanghai' }, { name: 'prune' })
    await queue.upsertJobScheduler('verify', { every: 60_000 }, { name: 'verify-all' })
    const next = (await queue.getJobScheduler('prune'))?.next
    await queue.close()
    await createJobEnds(redis.connection, 'web1').keep(answer, null)

    const found = await reportSchedules(desk, { schedules, projects: {} }, ['web1', 'web2'])

    expect(found.map(({ host, name, state }) => [host, name, state])).toEqual([
      ['web1', 'prune', 'in-place'],
      ['web1', 'reconcile', 'missing'],
      ['web1', 'verify', 'differs'],
      ['web2', 'prune', 'missing'],
      ['web2', 'reconcile', 'missing'],
    ])
    expect(found[0]).toMatchObject({ next, repeat: { tz: 'Asia/Shanghai' }, last: { outcome: 'done' } })
    expect(found[1]).toMatchObject({ next: null, repeat: { every: 300_000 }, last: null })
  })
})

describe('the prunes of a host', () => {
  const big = Array.from({ length: 500 }, (_, at) => {
    return {
      kind: 'image',
      id: `sha256:${at}`,
      name: `old:${at}`,
      project: null,
      bytes: 1,
      keep: false,
      why: 'no',
    } as const
  })

  it('are kept, the newest first, so many and so long as they may be', async () => {
    const store = createPruneStore(redis.connection, 'web1')
    expect(await store.last()).toBeNull()

    for (const startedAt of Array(limits.prunes + 20).keys())
      await store.keep(pruneRecord({ startedAt, deleted: big, kept: big, deletedMore: 7 }))

    const history = await store.history()
    expect(history.map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: limits.prunes }, (_, at) => limits.prunes + 19 - at),
    )
    expect(await store.last()).toEqual(history[0])
    expect(history[0]).toMatchObject({ deletedMore: 407, keptMore: 400 })
    expect(history[0]?.deleted).toEqual(big.slice(0, limits.prunedItems))
    expect(await redis.connection.memory('USAGE', 'slipway:{web1}:prunes')).toBeLessThan(4_000_000)
  })
})
