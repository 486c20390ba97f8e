import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type CurrentReport,
  isFull,
  type LabProcess,
  poll,
  type Sampler,
  startTcpProxy,
  type TcpProxy,
} from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WorkerStart } from '../support/fault-services.ts'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'
import { logLines, overlaps, switchesOf, untilSaid, untilStopped } from '../support/worker-logs.ts'

const lock = 1_500
const shutdown = 2_000

describe('workers that take turns', () => {
  let desk: MigrationDesk
  let stack: FaultStack
  /** Between a worker and its engine, when a test says so. */
  let engine: TcpProxy
  let watch: Sampler<CurrentReport>
  /** What is live. */
  let live = 'v0'
  let count = 0
  /** Every worker of this file, also those that have ended. */
  const all: LabProcess[] = []

  beforeAll(async () => {
    desk = await openMigrationDesk()
    stack = await startFaultStack({
      projects: {
        shop: { migrate: desk.settings, check: { timeout: '20s' } },
        blog: {},
      },
      config: {
        worker: {
          lock_duration: `${lock}ms`,
          stalled_interval: '200ms',
          shutdown_timeout: `${shutdown}ms`,
        },
      },
    })
    engine = await startTcpProxy({ target: stack.engine })
    await stack.deploy('shop', { version: live })
    await stack.deploy('blog', { version: 'b0' })
  })
  afterAll(async () => {
    await stack?.stop()
    await engine?.stop()
    await desk?.stop()
  })
  beforeEach(async () => {
    // Only those workers are there that a test has started.
    await stack.killWorkers()
    watch = await stack.watch('shop')
  })
  afterEach(async () => {
    expect((await watch.stop()).gaps).toEqual([])
    expect(overlaps(all, 'shop')).toEqual([])
    expect(desk.mostAtOnce()).toBe(1)
  })

  async function start(how: WorkerStart = {}): Promise<LabProcess> {
    const worker = await stack.startWorker(how)
    all.push(worker)
    return worker
  }

  function order(more: { size?: number; health?: 'hang' } = {}): Promise<Ordered> {
    const { size = 10, ...push } = more
    count += 1
    const version = `v${count}`
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`pages/${index}`, version]))
    return stack.order('shop', { version, files: { ...files, large: randomBytes(size) }, ...push })
  }

  /** It came to its end like any other, and visitors saw nothing but these versions. */
  async function expectLive(ordered: Ordered): Promise<void> {
    const { version } = ordered
    await stack.untilOutcome(ordered.id, 'live')
    await untilIdle(stack)
    const seen = await watch.stop()
    expect(seen.gaps).toEqual([])
    expect(versionsIn(seen)).toEqual([live, version])
    expect(await lookAt(stack, 'shop', ordered)).toEqual(whole(version))
    expect([desk.begun(version), desk.ended(version)]).toEqual([1, 1])
    live = version
  }

  describe('when one of them is frozen', () => {
    const places = isFull()
      ? ['during:copy#6', 'before:link', 'before:migrate', 'after:migrate', 'before:switch']
      : ['before:switch']

    it.each(places)(
      'F2: a newer push goes live, and the frozen one at %s switches nothing',
      async (place) => {
        const frozen = await start({ failpoint: `${place}=stop` })
        const older = await order()
        await untilStopped(frozen)
        const since = performance.now()
        const second = await start()
        const newer = await order()
        await poll(() => performance.now() - since > 3 * lock, { what: 'three locks to run out' })
        // The project is still the frozen one's: nobody else may touch it.
        expect(await stack.current('shop')).toMatchObject({ version: live })

        frozen.kill('SIGCONT')

        await expectLive(newer)
        expect((await stack.deployment(older.id))?.state).toBe('superseded')
        expect(switchesOf(frozen).filter((line) => line.includes(`${older.seq}-`))).toEqual([])
        expect([...switchesOf(frozen), ...switchesOf(second)]).toHaveLength(1)
      },
    )

    inFull('F2: one that is frozen within its switch still ends it alone', async () => {
      const frozen = await start({ failpoint: 'during:switch=stop' })
      const older = await order()
      await untilStopped(frozen)
      const since = performance.now()
      await start()
      const newer = await order()
      await poll(() => performance.now() - since > 3 * lock, { what: 'three locks to run out' })
      frozen.kill('SIGCONT')

      await stack.untilOutcome(newer.id, 'live')
      await untilIdle(stack)

      // The rename was decided when the project and the job were its own; what followed was for whoever came next.
      const seen = await watch.stop()
      expect(versionsIn(seen)).toEqual([live, older.version, newer.version])
      expect(await lookAt(stack, 'shop', newer)).toEqual(whole(newer.version))
      live = newer.version
    })
  })

  describe('when the event loop of one does not turn', () => {
    const module = fileURLToPath(new URL('../support/watch-loop.ts', import.meta.url))
    const env = { NODE_OPTIONS: `--import=${module}` }

    /** Milliseconds of the longest time in which it did not turn since a moment. */
    function longestBlock(worker: LabProcess, since: number): number {
      const blocks = logLines(worker).filter(
        ({ msg, monotonic }) => msg === 'loop blocked' && Number(monotonic) > since,
      )
      return Math.max(0, ...blocks.map(({ milliseconds }) => Number(milliseconds)))
    }

    inFull('F3: its deploy is walked again, and that does no harm', async () => {
      const blocked = await start({ failpoint: 'before:switch=block:4000', env })
      const ordered = await order()

      await expectLive(ordered)

      expect(longestBlock(blocked, 0)).toBeGreaterThan(lock)
      expect(switchesOf(blocked)).toHaveLength(1)
    })

    it('F3: that never is so for long in an ordinary deploy', async () => {
      const worker = await start({ env })
      const since = Number(process.hrtime.bigint() / 1_000n)

      await expectLive(await order({ size: 8_000_000 }))

      expect(longestBlock(worker, since)).toBeLessThan(100)
    })
  })

  describe('when one of them is asked to stop', () => {
    /** Asks it while something keeps the step up, with a push of another project behind it that has to wait. */
    async function stop(worker: LabProcess, whileStopping?: () => void): Promise<Ordered> {
      const since = performance.now()
      const exited = worker.stop(20_000)
      await poll(() => logLines(worker).some(({ msg }) => msg === 'stopping'), { what: 'it to hear of it' })
      const waits = await stack.order('blog', { version: `b${count}` })
      whileStopping?.()
      expect(await exited).toEqual({ code: 0, signal: null })
      expect(performance.now() - since).toBeLessThan(shutdown + 3_000)
      expect(await stack.deployment(waits.id)).toMatchObject({ state: 'queued' })
      return waits
    }

    /** By BullMQ's own count, of the job of the last deploy. */
    async function attemptsOf(project: string): Promise<number> {
      const ids = await stack.redis.zrevrange(stack.key('deploy-local:completed'), 0, 4)
      const jobs = await Promise.all(ids.map((id) => stack.redis.hgetall(stack.key(`deploy-local:${id}`))))
      return Number(jobs.find(({ data }) => data?.includes(`"${project}"`))?.atm)
    }

    async function expectGoesOn(ordered: Ordered, waits: Ordered): Promise<void> {
      await start()
      await expectLive(ordered)
      await stack.untilOutcome(waits.id, 'live')
      // None was spent on the stop.
      expect(await attemptsOf('shop')).toBe(1)
    }

    interface Held {
      readonly step: string
      readonly size?: number
      readonly health?: 'hang'
      readonly hold: (version: string) => void
      readonly free: (version: string) => Promise<void> | void
    }
    const free = () => stack.proxies.registry.restore()
    const longer: Held[] = [
      { step: 'resolve', hold: () => stack.proxies.registry.stall(), free },
      {
        step: 'pull',
        size: 4_000_000,
        hold: () => stack.proxies.registry.slow({ bytesPerSecond: 200_000 }),
        free,
      },
      {
        step: 'copy',
        size: 4_000_000,
        hold: () => engine.slow({ bytesPerSecond: 200_000 }),
        free: () => engine.restore(),
      },
      { step: 'migrate', hold: (version) => desk.hold(version), free: (version) => desk.release(version) },
      {
        step: 'check',
        health: 'hang',
        hold: () => {},
        // It becomes well while nobody is there to look.
        free: async () => {
          const release = (await stack.current('shop'))?.release ?? ''
          await rm(join(stack.root('shop'), 'releases', release, 'HEALTH'))
        },
      },
    ]
    const short = longer.filter(({ step }) => step === 'migrate')

    it.each(isFull() ? longer : short)('F6: parks a $step that takes longer than it may', async (held) => {
      const worker = await start({ dockerHost: `tcp://${engine.address}` })
      held.hold(`v${count + 1}`)
      const { size, health } = held
      const ordered = await order({ ...(size ? { size } : {}), ...(health ? { health } : {}) })
      await untilSaid(worker, `[${held.step}] begins`)
      if (held.step === 'migrate')
        await poll(() => desk.begun(ordered.version) === 1, { what: 'the migration to begin' })

      const waits = await stop(worker)
      await held.free(ordered.version)

      await expectGoesOn(ordered, waits)
    })

    inFull('F6: lets a migration end in time, and goes on to the switch', async () => {
      const worker = await start()
      const version = `v${count + 1}`
      desk.hold(version)
      const ordered = await order()
      await poll(() => desk.begun(version) === 1, { what: 'the migration to begin' })

      const waits = await stop(worker, () => desk.release(version))

      // The code that fits the database has to follow.
      expect(await stack.current('shop')).toMatchObject({ version })
      await expectLive(ordered)
      await start()
      await stack.untilOutcome(waits.id, 'live')
    })

    const safe = [
      'before:resolve',
      'after:pull',
      'during:copy#6',
      'before:link',
      'before:switch',
      'before:reload',
    ]
    inFull.each(safe)('F6: comes to a safe point when it is told at %s', async (place) => {
      const worker = await start({ failpoint: `${place}=block:1000` })
      const ordered = await order()
      const step = place.replace(/.*:|#.*/g, '')
      await untilSaid(worker, `[${step}] begins`)

      const waits = await stop(worker)

      await expectGoesOn(ordered, waits)
    })
  })

  describe('for one host by mistake, or while one version takes the place of another', () => {
    it('F31: all deploys come to their end, one at a time, and the newest is live', async () => {
      const exits: unknown[] = []
      const ordered: Ordered[] = []
      let [older, newer] = await Promise.all([start(), start()])
      for (let round = 0; round < (isFull() ? 8 : 1); round += 1) {
        ordered.push(await order(), await order())
        const ending = older.stop(20_000)
        ordered.push(await order())
        ;[older, newer] = [newer, await start()]
        exits.push(await ending)
        ordered.push(await order())
        await stack.untilOutcome(ordered.at(-1)?.id ?? '', 'live')
      }
      await stack.untilQuiet()
      await untilIdle(stack)

      const seen = await watch.stop()
      const newest = ordered.at(-1) as Ordered
      const ends = await Promise.all(ordered.map(({ id }) => stack.deployment(id)))
      expect(new Set(exits.map((exit) => JSON.stringify(exit)))).toEqual(
        new Set([JSON.stringify({ code: 0, signal: null })]),
      )
      expect(new Set(ends.map((end) => end?.state))).toEqual(new Set(['live', 'superseded']))
      const wentLive = ordered.filter((_, index) => ends[index]?.state === 'live')
      expect(versionsIn(seen)).toEqual([live, ...wentLive.map(({ version }) => version)])
      expect(wentLive.map(({ version }) => desk.begun(version))).toEqual(wentLive.map(() => 1))
      expect(await lookAt(stack, 'shop', newest)).toEqual(whole(newest.version))
      live = newest.version
    })
  })
})
