import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type CurrentReport, isFull, type LabProcess, poll, retag, type Sampler } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { firstInShort, inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'
import { logLines, untilSaid, untilStopped } from '../support/worker-logs.ts'

const execute = promisify(execFile)

describe('a worker', () => {
  let desk: MigrationDesk
  let stack: FaultStack
  let watch: Sampler<CurrentReport>
  let count = 0
  let live: string

  beforeAll(async () => {
    desk = await openMigrationDesk()
    stack = await startFaultStack({
      projects: {
        shop: { migrate: desk.settings, release: { keep: 2 } },
        till: { migrate: desk.settings, tags: ['stable'], release: { keep: 2 } },
      },
      config: { worker: { lock_duration: '5s', stalled_interval: '200ms' } },
      workers: 0,
    })
    // One image that two projects serve, each by a tag of its own: a shop and the place to try it.
    const files = [stack.config.ingestFile, stack.config.workerFile('local')]
    for (const file of files) {
      const settings = parse(await readFile(file, 'utf8'))
      settings.projects.till.image = settings.projects.shop.image
      await writeFile(file, stringify(settings))
    }
    await stack.ingest().stop()
    await stack.startIngest()
    await stack.startWorker()
    live = (await deploy()).version
  })
  afterAll(async () => {
    await stack?.stop()
    await desk?.stop()
  })
  beforeEach(async () => {
    await stack.killWorkers()
    watch = await stack.watch('shop')
  })
  afterEach(async () => {
    expect((await watch.stop()).gaps).toEqual([])
    expect(desk.mostAtOnce()).toBe(1)
  })

  function order(): Promise<Ordered> {
    count += 1
    return stack.order('shop', { version: `v${count}`, files: { large: randomBytes(200_000) } })
  }

  /** Gives a version the tag that the other project follows. */
  async function retagged({ digest, tag }: Ordered): Promise<string> {
    await retag({ registry: stack.registry.host, repository: 'acme/shop' }, tag, 'stable')
    return digest
  }

  async function deploy(): Promise<Ordered> {
    const ordered = await order()
    await stack.untilOutcome(ordered.id, 'live')
    await untilIdle(stack)
    return ordered
  }

  describe('that lets go of releases', () => {
    it.each(firstInShort(1, ['before:copy', 'before:migrate']))(
      'F34: leaves the image to another project that is %s with it',
      async (place) => {
        const first = await stack.startWorker()
        const shared = await deploy()
        await first.stop()
        const slow = await stack.startWorker({ failpoint: `${place}=stop` })
        const answer = await stack.announce('shop', await retagged(shared), 'stable')
        const deployment = answer.deployments.find(({ project }) => project === 'till')
        await untilStopped(slow)

        // `keep: 2` lets the shared one go with the second of these.
        const quick = await stack.startWorker()
        await deploy()
        live = (await deploy()).version
        await untilSaid(quick, `[retain] ${shared.seq}-`)
        slow.kill('SIGCONT')

        const end = await stack.untilOutcome(deployment?.id ?? '', 'live')
        expect(end.resolvedDigest).toBe(shared.digest)
      },
    )
  })

  describe('without enough of what it needs', () => {
    async function limit({ pid }: LabProcess, resource: string, value: number | 'unlimited'): Promise<void> {
      await execute('prlimit', ['--pid', String(pid), `--${resource}=${value}:`])
    }

    async function expectLive(ordered: Ordered): Promise<void> {
      const { version } = ordered
      await stack.untilOutcome(ordered.id, 'live')
      await untilIdle(stack)
      const seen = await watch.stop()
      expect(versionsIn(seen)).toEqual([live, version])
      expect(await lookAt(stack, 'shop', ordered)).toEqual(whole(version))
      expect([desk.begun(version), desk.ended(version)]).toEqual([1, 1])
      live = version
    }

    /** Stopped at a place and let go again when it can open nothing any more. */
    async function orderWithoutFiles(worker: LabProcess): Promise<Ordered> {
      const ordered = await order()
      await untilStopped(worker)
      await limit(worker, 'nofile', 3)
      worker.kill('SIGCONT')
      return ordered
    }

    it.each(firstInShort(1, ['before:resolve', 'during:copy#3', 'before:switch']))(
      'F36: says that it can open no file at %s, and the deploy can be tried again',
      async (place) => {
        const worker = await stack.startWorker({ failpoint: `${place}=stop` })
        const ordered = await orderWithoutFiles(worker)
        const end = await stack.untilOutcome(ordered.id, 'failed')
        expect(end.why).toContain('EMFILE')
        expect(await stack.current('shop')).toMatchObject({ version: live })

        await limit(worker, 'nofile', 1_024)
        expect((await stack.cli('retry', ordered.id, '--wait')).code).toBe(0)

        await expectLive(ordered)
      },
    )

    inFull('F36: needs an operator when it can open no file behind its switch', async () => {
      const worker = await stack.startWorker({ failpoint: 'before:check=stop' })
      const ordered = await orderWithoutFiles(worker)
      const end = await stack.untilOutcome(ordered.id, 'needs-operator')
      expect(end.errorCode).toBe('ROLLBACK_FAILED')

      await limit(worker, 'nofile', 1_024)
      const next = await order()
      await stack.untilOutcome(next.id, 'live')
      await untilIdle(stack)

      expect(versionsIn(await watch.stop())).toEqual([live, ordered.version, next.version])
      expect(await lookAt(stack, 'shop', next)).toEqual(whole(next.version))
      live = next.version
    })

    inFull('F36: dies when it gets no more memory, and the next one brings it to its end', async () => {
      const worker = await stack.startWorker()
      const status = await readFile(`/proc/${worker.pid}/status`, 'utf8')
      await limit(worker, 'as', Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1_024)
      const ordered = await order()
      expect((await worker.exited).code).not.toBe(0)

      await stack.startWorker()

      await expectLive(ordered)
    })
  })

  describe('that goes on for long', () => {
    const [warm, rounds] = isFull() ? [15, 150] : [5, 15]

    const module = fileURLToPath(new URL('../support/tell-memory.ts', import.meta.url))
    const env = { NODE_OPTIONS: `--expose-gc --import=${module}` }

    /** Megabytes: what it holds, and what it has of the machine. */
    async function memoryOf(worker: LabProcess): Promise<{ held: number; rss: number }> {
      const told = () => logLines(worker).filter(({ msg }) => msg === 'memory')
      const before = told().length
      worker.kill('SIGUSR2')
      await poll(() => told().length > before, { what: 'the worker to tell its memory' })
      const { held, rss } = told().at(-1) ?? {}
      return { held: Number(held), rss: Number(rss) }
    }

    async function leftBy({ pid }: LabProcess) {
      const lines = (text: string) => text.split('\n').filter(Boolean).length
      return {
        files: (await readdir(`/proc/${pid}/fd`)).length,
        containers: lines(await stack.engine.docker('ps', '--all', '--quiet')),
        images: lines(await stack.engine.docker('image', 'ls', '--all', '--quiet', '--no-trunc')),
        releases: (await readdir(join(stack.root('shop'), 'releases'))).length,
        records: (await readdir(join(stack.root('shop'), '.slipway', 'releases'))).length,
        leftovers: (await stack.tmpLeftovers('shop')).length,
      }
    }

    it(`F36: has no more after ${rounds} deploys than after ${warm}`, async () => {
      const worker = await stack.startWorker({ env })
      for (let round = 0; round < warm; round += 1) await deploy()
      const [memory, left] = [await memoryOf(worker), await leftBy(worker)]
      for (let round = warm; round < rounds; round += 1) await deploy()

      const { files, ...rest } = await leftBy(worker)
      const { held, rss } = await memoryOf(worker)
      expect({ ...rest, files: left.files }).toEqual(left)
      // A connection to the engine may just be open.
      expect(files).toBeLessThan(left.files + 8)
      expect(held).toBeLessThan(memory.held + 5)
      // What was freed is not given back to the machine at once.
      expect(rss).toBeLessThan(2 * memory.rss)
    })
  })
})
