import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CurrentReport, isFull, type LabProcess, poll, type Sampler } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'
import { deployLines, overlaps, untilSaid } from '../support/worker-logs.ts'

describe('a worker that is killed', () => {
  let desk: MigrationDesk
  let stack: FaultStack
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
        shop: { migrate: desk.settings },
        // What is done with an orphan is for each project to say.
        till: { migrate: { ...desk.settings, orphan: 'end' } },
        blog: {},
      },
      config: { worker: { stalled_interval: '200ms' } },
    })
    await stack.deploy('shop', { version: live })
    await stack.deploy('blog', { version: 'b0' })
  })
  afterAll(async () => {
    await stack?.stop()
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

  async function start(failpoint?: string): Promise<LabProcess> {
    const worker = await stack.startWorker(failpoint ? { failpoint } : {})
    all.push(worker)
    return worker
  }

  function nextVersion(): string {
    count += 1
    return `v${count}`
  }

  /** With more than one file, so that there is a middle. */
  function order(project: string, version: string, health?: 'hang'): Promise<Ordered> {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`pages/${index}`, version]))
    return stack.order(project, { version, files, ...(health ? { health } : {}) })
  }

  async function kill(worker: LabProcess): Promise<void> {
    worker.kill('SIGKILL')
    await worker.exited
  }

  /** It came to its end like any other, and visitors saw nothing but the two versions. */
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

  describe('at a place', () => {
    const everywhere = ['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check'].flatMap(
      (step) => [`before:${step}`, `after:${step}`],
    )
    const places = isFull()
      ? [...everywhere, 'during:copy', 'during:copy#6', 'during:switch', 'before:outcome', 'after:outcome']
      : ['during:switch', 'after:switch']

    it.each(places)('F1: leaves %s what the next one brings to its end', async (place) => {
      const doomed = await start(place)
      const ordered = await order('shop', nextVersion())
      expect((await doomed.exited).signal).toBe('SIGKILL')

      await start()

      await expectLive(ordered)
    })
  })

  describe('in the middle of a step', () => {
    inFull('F1: asks the registry again after it died while it asked', async () => {
      const doomed = await start()
      stack.proxies.registry.stall()
      const ordered = await order('shop', nextVersion())
      await untilSaid(doomed, '[resolve] begins')
      await kill(doomed)

      await stack.proxies.registry.restore()
      await start()

      await expectLive(ordered)
    })

    it('F1: pulls again after it died while it pulled', async () => {
      const doomed = await start()
      const version = nextVersion()
      const ordered = await stack.order('shop', { version, files: { large: randomBytes(2_000_000) } })
      await untilSaid(doomed, '[resolve] done')
      stack.proxies.registry.slow({ bytesPerSecond: 200_000 })
      await untilSaid(doomed, '[pull] ')
      await kill(doomed)

      await stack.proxies.registry.restore()
      await start()

      await expectLive(ordered)
    })

    inFull('F1: checks again after it died while it checked', async () => {
      const doomed = await start()
      const ordered = await order('shop', nextVersion(), 'hang')
      await untilSaid(doomed, '[check] begins')
      await kill(doomed)

      // It becomes well while nobody is there to look.
      const release = (await stack.current('shop'))?.release ?? ''
      await rm(join(stack.root('shop'), 'releases', release, 'HEALTH'))
      await start()

      await expectLive(ordered)
    })
  })

  describe('while its migration runs', () => {
    async function killInMigration(project: string, version: string): Promise<Ordered> {
      const doomed = await start()
      desk.hold(version)
      const ordered = await order(project, version)
      await poll(() => desk.begun(version) === 1, { what: 'the migration to begin' })
      await kill(doomed)
      return ordered
    }

    it('F4: leaves it to the next one, which waits for it and begins no second one', async () => {
      const ordered = await killInMigration('shop', nextVersion())

      const second = await start()
      await untilSaid(second, 'an earlier run left a migration of this release behind')
      expect(await stack.containers('shop')).toMatchObject([{ role: 'migrate', state: 'running' }])
      await expect.poll(async () => (await stack.deployment(ordered.id))?.state).toBe('migrate')
      desk.release(ordered.version)

      await expectLive(ordered)
    })

    inFull('F4: leaves one whose end nobody saw, and that end counts', async () => {
      const ordered = await killInMigration('shop', nextVersion())
      desk.release(ordered.version)
      await poll(async () => (await stack.containers('shop'))[0]?.state === 'exited', {
        what: 'the migration to end',
      })

      await start()

      await expectLive(ordered)
    })

    inFull('F4: leaves one of an older push, which ends before the newer one begins', async () => {
      const older = await killInMigration('shop', nextVersion())
      const newer = await order('shop', nextVersion())

      const successor = await start()
      await untilSaid(successor, 'an earlier run left a migration of ')
      expect(desk.begun(newer.version)).toBe(0)
      desk.release(older.version)

      await expectLive(newer)
      expect((await stack.deployment(older.id))?.state).toBe('superseded')
      expect(desk.begun(older.version)).toBe(1)
    })

    inFull('F4: leaves it to be ended where the project says so', async () => {
      const ordered = await killInMigration('till', nextVersion())
      const { version } = ordered

      const second = await start()
      await untilSaid(second, 'it is ended')
      await poll(() => desk.begun(version) === 2, { what: 'its own migration to begin' })
      desk.release(version)
      await stack.untilOutcome(ordered.id, 'live')
      await untilIdle(stack)

      expect(await lookAt(stack, 'till', ordered)).toEqual(whole(version))
      expect([desk.begun(version), desk.ended(version)]).toEqual([2, 1])
    })
  })

  describe('again and again by one release', () => {
    it('F5: gives that one up, and everything else goes on', async () => {
      // The other project has no migrations, so they all live until they meet the release that kills.
      const doomed = await Promise.all(Array.from({ length: 7 }, () => start('before:migrate')))
      const poison = await order('shop', nextVersion())
      await poll(() => stack.workers().length <= 5, { what: 'two workers to die' })
      await stack.deploy('blog', { version: 'b1' })
      expect((await stack.deployment(poison.id))?.state).not.toBe('failed')

      const end = await stack.untilOutcome(poison.id, 'failed')
      expect(end.errorCode).toBe('ATTEMPTS_EXHAUSTED')
      expect(stack.workers()).toHaveLength(1)
      expect(doomed.flatMap(deployLines)).not.toContain('[migrate] done')
      await stack.deploy('blog', { version: 'b2' })
      await stack.killWorkers()
      await start()

      await expectLive(await order('shop', nextVersion()))
      expect(desk.begun(poison.version)).toBe(0)
    })
  })
})
