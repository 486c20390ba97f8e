import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isFull, type LabProcess, poll, startIngest } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BoardClient, logInToBoard } from '../support/board-client.ts'
import { type CheckGate, startCheckGate } from '../support/check-gate.ts'
import { openFakeClock } from '../support/fake-clock.ts'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { overlaps } from '../support/process-log.ts'
import { queueState, watchQueue } from '../support/queue-watch.ts'
import { rewriteConfig } from '../support/rewrite-config.ts'

const rounds = isFull() ? 300 : 20
const deploys = 'deploy-local'
const maintenance = 'maintenance-local'
/** Without it a version of the shop is refused. */
const files = { COMPLETE: '' }
/** Milliseconds between two firings, where they are wanted. */
const firing = 500

describe('the queue of a host', () => {
  let folder: string
  let gate: CheckGate
  let stack: FaultStack
  let board: BoardClient
  let red: string
  let blue: string
  let versions = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-q-'))
    gate = await startCheckGate()
    const tags = ['latest', 'red', 'blue', 'late']
    stack = await startFaultStack({
      projects: { shop: { check: gate.check, tags, source: { require: ['COMPLETE'] } }, blog: {} },
      // Nothing that is lost is found again by the clock: first it must not be lost.
      config: { schedules: { reconcile: { every: '1h' } } },
    })
    board = await logInToBoard(stack)
    red = (await stack.push('shop', { version: 'red', tag: 'red', files })).digest
    blue = (await stack.push('shop', { version: 'blue', tag: 'blue', files })).digest
    await stack.deploy('shop', next())
  })
  afterEach(async () => {
    gate?.open()
    await stack?.proxies.registry.restore()
  })
  afterAll(async () => {
    await stack?.stop()
    await gate?.stop()
    if (folder) await rm(folder, { recursive: true })
  })

  function next(): FaultPush {
    versions += 1
    return { version: `v${versions}`, files }
  }

  const jobs = () => queueState(stack.redis, stack.key(deploys))
  const untilJobs = (list: keyof Awaited<ReturnType<typeof jobs>>, count = 1) =>
    poll(async () => (await jobs())[list].length === count, { what: `${count} jobs to be ${list}` })
  const untilState = (id: string, state: string) =>
    poll(async () => (await stack.deployment(id))?.state === state, { what: `${id} to be at ${state}` })

  async function expectNewest({ id, version }: Ordered, ...older: readonly Ordered[]): Promise<void> {
    await stack.untilOutcome(id, 'live')
    expect((await stack.current('shop'))?.version).toBe(version)
    for (const one of older) await stack.untilOutcome(one.id, 'superseded')
    expect(overlaps('shop', stack.workers())).toEqual([])
  }

  it('F27: fifty pushes within a second, out of order and repeated, never make more than one run and one that waits', async () => {
    const latest = await stack.push('shop', next())
    const digests = { latest: latest.digest, red, blue } as const
    const versionOf = { latest: latest.version, red: 'red', blue: 'blue' } as const
    const tags = ['latest', 'red', 'blue', 'red', 'blue'] as const
    const sent = Array.from({ length: 50 }, (_, at) => tags[(at * 7 + (at >> 2)) % tags.length] ?? 'red')
    const watch = await stack.watch('shop')
    const queue = watchQueue(stack.redis, stack.key(deploys))

    const answers = await Promise.all(
      sent.map(async (tag, at) => {
        await pause(at * 15)
        return { tag, ...(await stack.announce('shop', digests[tag], tag)) }
      }),
    )
    await stack.untilQuiet()
    const seen = await queue.stop()

    const accepted = answers.flatMap(({ tag, deployments }) => deployments.map((one) => ({ ...one, tag })))
    expect(accepted).toHaveLength(50)
    expect({ active: seen.active, isCrowded: seen.waiting > 1 }).toEqual({ active: 1, isCrowded: false })
    const bySeq = accepted.toSorted((a, b) => a.seq - b.seq)
    expect(new Set(bySeq.map(({ seq }) => seq)).size).toBe(50)
    const newest = bySeq.at(-1)
    expect((await stack.current('shop'))?.version).toBe(newest && versionOf[newest.tag])
    const ends = await Promise.all(bySeq.map(async ({ id }) => (await stack.deployment(id))?.state ?? ''))
    expect(['live', 'already-live']).toContain(ends.at(-1))
    expect(ends.filter((end) => !['live', 'already-live', 'superseded'].includes(end))).toEqual([])
    const ledger = (await stack.redis.xrange(stack.key('ledger'), '-', '+')).map(([, fields]) => fields)
    const written = ledger.map((fields) => fields[fields.indexOf('deployment') + 1])
    expect(written.filter((id) => bySeq.some((one) => one.id === id))).toEqual(bySeq.map(({ id }) => id))
    expect((await watch.stop()).gaps).toEqual([])
  })

  it(`F28: a push at the very end of a job is not lost (${rounds} times)`, {
    timeout: rounds * 3_000 + 60_000,
  }, async () => {
    const probe = stack.redis.duplicate()
    let before = await stack.announce('shop', red, 'red')
    for (let round = 0; round < rounds; round += 1) {
      const id = before.deployments[0]?.id ?? ''
      // No pause between two looks: its job ends within milliseconds.
      await poll(async () => (await probe.hget(stack.key(`deployment:${id}`), 'endedAt')) !== null, {
        what: `round ${round}`,
        everyMs: 0,
      })
      await pause(round % 6)
      const [tag, digest] = round % 2 === 0 ? (['blue', blue] as const) : (['red', red] as const)
      expect((await stack.deployment(id))?.state).toBe('live')
      before = await stack.announce('shop', digest, tag)
    }
    probe.disconnect()

    await stack.untilOutcome(before.deployments[0]?.id ?? '', 'live')
    expect((await stack.current('shop'))?.version).toBe(rounds % 2 === 0 ? 'red' : 'blue')
    expect(overlaps('shop', stack.workers())).toEqual([])
  })

  describe('F29: the newest of two pushes goes live', () => {
    it('F29: when the first one waits in a paused queue', async () => {
      await board.put(deploys, 'pause')
      const first = await stack.order('shop', next())
      const second = await stack.order('shop', next())
      const { wait } = await jobs()
      await board.put(deploys, 'resume')

      expect(wait).toHaveLength(1)
      await expectNewest(second, first)
    })

    it('F29: when the first one waits for its next attempt', async () => {
      await stack.proxies.registry.cut()
      const first = await stack.order('shop', next())
      await untilJobs('delayed')
      const second = await stack.order('shop', next())
      await stack.proxies.registry.restore()

      await expectNewest(second, first)
    })

    it('F29: when the first one has failed', async () => {
      await stack.deploy('shop', { ...next(), files: {} }, 'failed')

      await expectNewest(await stack.order('shop', next()))
    })

    it('F29: when the worker of the first one is dead', async () => {
      await stack.killWorkers()
      const doomed = await stack.startWorker({ failpoint: 'before:switch' })
      const first = await stack.order('shop', next())
      await doomed.exited
      const second = await stack.order('shop', next())
      const { active } = await jobs()
      await stack.startWorker()

      expect(active).toHaveLength(1)
      await expectNewest(second, first)
    })

    it('F29: when the project is frozen', async () => {
      await stack.cli('freeze', 'shop', '--reason', 'a test')
      const first = await stack.order('shop', next())
      await poll(async () => (await stack.deployment(first.id))?.why, { what: 'the reason to be told' })
      const second = await stack.order('shop', next())
      const before = await stack.current('shop')
      await stack.cli('unfreeze', 'shop')

      expect(before?.version).not.toBe(second.version)
      await expectNewest(second, first)
    })
  })

  describe('F32: a clock that jumps', () => {
    const jumps = isFull() ? [1, -1, 0, -1, 1, 0] : [1, -1]

    it('F32: below ingest: the seq only grows, and the newest push is live', async () => {
      const clock = await openFakeClock(folder)
      stack.ingest().kill('SIGKILL')
      await stack.ingest().exited
      const ingest = await startIngest({ configFile: stack.config.ingestFile, env: clock.env })
      let last = 0
      for (const hours of jumps) {
        await clock.shift(hours)
        const ordered = await stack.order('shop', next())
        expect(ordered.seq).toBeGreaterThan(last)
        last = ordered.seq
        await expectNewest(ordered)
      }
      await ingest.stop()
      await stack.startIngest()
      board = await logInToBoard(stack)

      expect(last / 1_000).toBeGreaterThan(Date.now() + 3_000_000)
      await expectNewest(await stack.order('shop', next()))
    })

    it('F32: below a worker, also in the middle of a deploy: each ends once, and the newest push is live', async () => {
      const clock = await openFakeClock(folder)
      await stack.killWorkers()
      await stack.startWorker({ env: clock.env })
      for (const hours of jumps) {
        gate.shut()
        const ordered = await stack.order('shop', next())
        await untilState(ordered.id, 'check')
        await clock.shift(hours)
        await pause(isFull() ? 5_000 : 500)
        gate.open()
        await expectNewest(ordered)
        await expectNewest(await stack.order('shop', next()))
      }
      await stack.killWorkers()
      await stack.startWorker()
    })
  })

  describe('with reconcile by the clock', () => {
    let worker: LabProcess

    beforeAll(async () => {
      // In the place of the hourly one: what was planned for that must not hold this one up.
      const schedules = { reconcile: { every: `${firing}ms` } }
      await rewriteConfig(stack.config.workerFile('local'), { schedules })
      await stack.killWorkers()
      worker = await stack.startWorker()
    })

    describe('F30: what operators do to the board', () => {
      let pending: Ordered

      beforeEach(async () => {
        await stack.untilQuiet()
      })

      /** Leaves a push in the queue that no worker takes. */
      async function orderPaused(): Promise<string> {
        expect(await board.put(deploys, 'pause')).toBe(200)
        pending = await stack.order('shop', next())
        await untilJobs('wait')
        return (await jobs()).wait[0] ?? ''
      }
      const resume = () => board.put(deploys, 'resume')

      it('F30: a failed job that is retried beside a newer push does not run at the same time', async () => {
        const earlier = (await jobs()).failed.length
        await stack.push('shop', { ...next(), files: {}, tag: 'late' })
        // Without a digest that it would look for first.
        await stack.cli('deploy', 'shop', '--tag', 'late')
        const failed = (await stack.deployments('shop'))[0]?.id ?? ''
        await stack.untilOutcome(failed, 'failed')
        await untilJobs('failed', earlier + 1)
        const [job] = (await jobs()).failed.slice(-1)
        await stack.push('shop', { ...next(), tag: 'late' })
        const watch = await stack.watch('shop')
        gate.shut()

        expect(await board.put(deploys, `${job}/retry`)).toBe(204)
        await untilState(failed, 'check')
        const newer = await stack.order('shop', next())
        await poll(async () => (await jobs()).delayed.length > 0, { what: 'the newer one to find it busy' })
        gate.open()

        await expectNewest(newer)
        expect((await stack.deployment(failed))?.state).toBe('live')
        expect((await watch.stop()).gaps).toEqual([])
      })

      it('F30: a job that is promoted before its next attempt runs at once, and no other beside it', async () => {
        await stack.proxies.registry.cut()
        const ordered = await stack.order('shop', next())
        await untilJobs('delayed')
        const statuses = [await board.put(deploys, 'promote')]
        await stack.proxies.registry.restore()
        await poll(async () => (await jobs()).delayed.length === 0, { what: 'the attempt' })

        expect(statuses).toEqual([200])
        await expectNewest(ordered)
      })

      it.each([
        ['a path', { project: '../../etc/passwd' }],
        ['another project, and what it shall do', { project: 'blog', image: 'evil/image', command: ['rm'] }],
        ['nothing', {}],
      ])(
        'F30: a job that was edited to name %s does no harm, and its push goes live',
        async (_what, jobData) => {
          const job = await orderPaused()
          expect(await board.patch(deploys, `${job}/update-data`, { jobData })).toBe(200)
          await resume()

          await expectNewest(pending)
          expect(await stack.current('blog')).toBeNull()
          expect(await stack.deployments('blog')).toEqual([])
        },
      )

      it('F30: a job that was removed comes back', async () => {
        const job = await orderPaused()
        expect(await board.put(deploys, `${job}/clean`)).toBe(204)
        await resume()

        await expectNewest(pending)
      })

      it('F30: a queue that was drained and obliterated comes back', async () => {
        await orderPaused()
        expect(await board.put(deploys, 'empty')).toBe(200)
        expect(await board.put(deploys, 'obliterate')).toBe(200)
        await resume()

        await expectNewest(pending)
        expect(await board.put(deploys, 'clean/completed')).toBe(200)
      })

      it('F30: a deploy whose queue is obliterated under it ends once', async () => {
        gate.shut()
        const ordered = await stack.order('shop', next())
        await untilState(ordered.id, 'check')
        await board.put(deploys, 'pause')
        expect(await board.put(deploys, 'obliterate', { force: true })).toBe(200)
        await resume()
        gate.open()

        await expectNewest(ordered)
        await expectNewest(await stack.order('shop', next()))
      })
    })

    it('F33: three firings without a worker are made up for by one, and the plan goes on', async () => {
      const completed = async () => {
        const ids = await stack.redis.zrange(stack.key(`${maintenance}:completed`), '0', '-1')
        return ids.map((id) => Number(id.split(':').at(-1))).toSorted((a, b) => a - b)
      }
      const fired = new Set(await completed())
      // Right after one, so that none is cut off in the middle.
      await poll(async () => (await completed()).some((at) => !fired.has(at)), {
        what: 'the schedule to fire',
      })
      worker.kill('SIGKILL')
      await worker.exited
      const before = new Set(await completed())
      await pause(isFull() ? 6 * firing : 3.2 * firing)

      const begun = Date.now()
      worker = await stack.startWorker()
      const after = await poll(
        async () => {
          const planned = (await completed()).filter((at) => !before.has(at))
          return planned.filter((at) => at > begun).length >= 3 && planned
        },
        { what: 'the plan to go on' },
      )

      const [missed, onTime] = [after.filter((at) => at <= begun), after.filter((at) => at > begun)]
      expect(missed).toHaveLength(1)
      expect(new Set(onTime.map((at) => at % firing)).size).toBe(1)
    })
  })
})
