import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'
import { switchesOf } from '../support/worker-logs.ts'

describe('a site', () => {
  let desk: MigrationDesk
  let stack: FaultStack
  /** Between the worker and its engine. */
  let engine: TcpProxy
  let worker: LabProcess
  let watch: Sampler<CurrentReport>
  let count = 0

  beforeAll(async () => {
    desk = await openMigrationDesk()
    const patient = { timeout: '20s' }
    stack = await startFaultStack({
      projects: {
        shop: {
          services: [{ container: 'shop-php', action: 'exec', command: ['sh', '/site/current/reload.sh'] }],
          release: { keep: 2 },
          check: { retries: 1 },
        },
        blog: { migrate: desk.settings, check: patient },
        news: { check: patient },
      },
      config: { worker: { stalled_interval: '200ms' }, schedules: { reconcile: { every: '1s' } } },
      workers: 0,
    })
    engine = await startTcpProxy({ target: stack.engine })
    worker = await stack.startWorker({ dockerHost: `tcp://${engine.address}` })
    const { release } = await stack.deploy('blog', { version: 'b0' })
    await stack.deploy('news', { version: 'n0' })
    await startService(release ?? '')
    await deploy('shop')
  })
  afterAll(async () => {
    await stack?.engine.docker('rm', '--force', 'shop-php')
    await stack?.stop()
    await engine?.stop()
    await desk?.stop()
  })

  /** What serves the shop, with its root in it, on the image of the other project. */
  async function startService(release: string): Promise<void> {
    const image = `slipway.local/blog:${release.split('-')[0]}`
    await mkdir(join(stack.root('shop'), 'shared'), { recursive: true })
    const mount = ['--volume', `${stack.root('shop')}:/site`]
    await stack.engine.docker(
      'run',
      '--detach',
      '--init',
      '--network',
      'none',
      '--name',
      'shop-php',
      ...mount,
      image,
      'sleep',
      '100000',
    )
  }

  /** Each release brings how it is reloaded, and leaves a note of it. */
  function version(push: Partial<FaultPush> & { reload?: string } = {}): FaultPush {
    count += 1
    const { reload = 'exit 0', files = {}, ...more } = push
    const script = `cat /site/current/REVISION >> /site/shared/reloads\n${reload}\n`
    return { version: `v${count}`, ...more, files: { ...files, 'reload.sh': script } }
  }

  async function order(project: string, push?: Parameters<typeof version>[0]): Promise<Ordered> {
    return stack.order(project, version(push))
  }

  async function deploy(project: string, push?: Parameters<typeof version>[0], expected = 'live') {
    const ordered = await order(project, push)
    const record = await stack.untilOutcome(ordered.id, expected)
    return { ...ordered, record }
  }

  async function reloads(): Promise<string[]> {
    const text = await readFile(join(stack.root('shop'), 'shared', 'reloads'), 'utf8')
    return text.trim().split('\n')
  }

  async function liveVersion(project: string): Promise<string> {
    return (await stack.current(project))?.version ?? ''
  }

  describe('that a new release does not fit', () => {
    let before: string
    let switches: number
    beforeEach(async () => {
      before = await liveVersion('shop')
      switches = switchesOf(worker).length
      watch = await stack.watch('shop')
    })
    afterEach(async () => {
      expect((await watch.stop()).gaps).toEqual([])
    })

    /** By the worker's own log: a visitor who looks once a millisecond may just have missed it. */
    async function expectThereAndBack({ seq }: Ordered): Promise<void> {
      const { release, version } = (await stack.current('shop')) ?? {}
      expect(version).toBe(before)
      expect(switchesOf(worker).slice(switches)).toEqual([
        expect.stringContaining(`switched ${seq}-`),
        `went-back ${release}`,
      ])
    }

    /** Reconcile has come by twice, and left everything as it was. */
    async function expectNothingMore(): Promise<void> {
      const since = Date.now()
      const checks = stack.site('shop').checks()
      const told = (await reloads()).length
      const completed = stack.key('maintenance-local:completed')
      await poll(async () => (await stack.redis.zcount(completed, since, '+inf')) >= 2, { what: 'reconcile' })
      await untilIdle(stack)
      expect(stack.site('shop').checks()).toBe(checks)
      expect(await reloads()).toHaveLength(told)
    }

    async function expectMended(): Promise<void> {
      const next = await deploy('shop')
      await untilIdle(stack)
      expect(await lookAt(stack, 'shop', next)).toEqual(whole(next.version))
    }

    const rows = [
      ['RELOAD_FAILED', 'the service says no to it', { reload: 'exit 1' }],
      ['CHECK_FAILED', 'it answers 500', { health: '500' }],
      ['CHECK_FAILED', 'it does not answer', { health: 'hang' }],
    ] as const
    it.each(isFull() ? rows : rows.slice(0, 2))(
      'F25: goes back with a reload of the one before: %s because %s',
      async (code, _why, push) => {
        const bad = await deploy('shop', push, 'rolled-back')
        await untilIdle(stack)

        expect(bad.record.errorCode).toBe(code)
        await expectThereAndBack(bad)
        expect((await reloads()).slice(-2)).toEqual([bad.version, before])
        expect(await stack.deployed('shop')).toMatchObject({ name: (await stack.current('shop'))?.release })
      },
    )

    inFull('F25: stays with one that answers well every other time, within its tries', async () => {
      const flapping = await deploy('shop', { health: 'flap' })

      expect(versionsIn(await watch.stop())).toEqual([before, flapping.version])
    })

    it('F25: needs an operator when its service is gone, and waits for one', async () => {
      await stack.engine.docker('rm', '--force', 'shop-php')

      const bad = await deploy('shop', {}, 'needs-operator')

      expect(bad.record).toMatchObject({ errorCode: 'ROLLBACK_FAILED' })
      expect(bad.record.why).toContain('shop-php')
      await expectNothingMore()
      await expectThereAndBack(bad)
      expect((await stack.cli('status', 'shop')).stdout).toContain('needs-operator')
      await startService((await stack.current('blog'))?.release ?? '')
      await expectMended()
    })

    inFull('F25: needs an operator when the release before is not well either', async () => {
      const { release } = (await stack.current('shop')) ?? {}
      await writeFile(join(stack.root('shop'), 'releases', release ?? '', 'HEALTH'), '500\n')

      const bad = await deploy('shop', { health: '500' }, 'needs-operator')

      expect(bad.record.errorCode).toBe('ROLLBACK_FAILED')
      await expectNothingMore()
      await expectThereAndBack(bad)
      await expectMended()
    })

    it('F26: says that the release to go back to is gone, and does not switch to nothing', async () => {
      const { release } = (await stack.current('shop')) ?? {}
      const ordered = await order('shop', { health: 'hang' })
      await poll(async () => (await liveVersion('shop')) === ordered.version, {
        what: 'the switch',
        everyMs: 5,
      })
      await rm(join(stack.root('shop'), 'releases', release ?? ''), { recursive: true })

      const end = await stack.untilOutcome(ordered.id, 'needs-operator')

      expect(end.errorCode).toBe('ROLLBACK_FAILED')
      expect(end.why).toContain(release)
      await expectNothingMore()
      expect(versionsIn(await watch.stop())).toEqual([before, ordered.version])
      await expectMended()
    })

    inFull('F26: keeps the one to go back to, however many came and went', async () => {
      const older = await deploy('shop')
      await deploy('shop', { health: '500' }, 'rolled-back')
      const good = await deploy('shop')
      await deploy('shop', { reload: 'exit 1' }, 'rolled-back')
      const newest = await deploy('shop')
      await untilIdle(stack)

      const seqs = (await stack.releases('shop')).map((name) => Number(name.split('-')[0]))
      expect(seqs).toEqual([good.seq, newest.seq])
      const bad = await deploy('shop', { health: '500' }, 'rolled-back')
      expect(bad.record.errorCode).toBe('CHECK_FAILED')
      expect(await liveVersion('shop')).toBe(newest.version)
      expect(seqs).not.toContain(older.seq)
    })
  })

  describe('whose deployment a person takes back', () => {
    let before: string
    beforeEach(async () => {
      before = await liveVersion('blog')
      watch = await stack.watch('blog')
    })
    afterEach(async () => {
      expect((await watch.stop()).gaps).toEqual([])
      expect(desk.mostAtOnce()).toBe(1)
    })

    async function expectRetried(ordered: Ordered): Promise<void> {
      const { code } = await stack.cli('retry', ordered.id, '--wait')
      expect(code).toBe(0)
      await untilIdle(stack)
      expect(await lookAt(stack, 'blog', ordered)).toEqual(whole(ordered.version))
      expect(versionsIn(await watch.stop())).toEqual([before, ordered.version])
    }

    inFull('cancel: in the copy leaves nothing, and a retry takes it up again', async () => {
      const ordered = await order('blog', { files: { large: randomBytes(4_000_000) } })
      engine.slow({ bytesPerSecond: 400_000 })
      await poll(async () => (await stack.deployment(ordered.id))?.state === 'copy', { what: 'the copy' })

      const { code } = await stack.cli('cancel', ordered.id, '--wait')
      await engine.restore()

      expect(code).toBe(0)
      expect((await stack.deployment(ordered.id))?.state).toBe('cancelled')
      await untilIdle(stack)
      expect(await lookAt(stack, 'blog', ordered)).toEqual({ ...whole(before), folders: 0 })
      expect(desk.begun(ordered.version)).toBe(0)
      await expectRetried(ordered)
    })

    it('cancel: in the migration ends its container, and a retry runs it anew', async () => {
      const next = `v${count + 1}`
      desk.hold(next)
      const ordered = await order('blog')
      await poll(() => desk.begun(next) === 1, { what: 'the migration to begin' })

      const { code } = await stack.cli('cancel', ordered.id, '--wait')

      expect(code).toBe(0)
      expect((await stack.deployment(ordered.id))?.state).toBe('cancelled')
      await untilIdle(stack)
      expect(await stack.containers('blog')).toEqual([])
      expect([desk.begun(next), desk.ended(next), await liveVersion('blog')]).toEqual([1, 0, before])
      desk.release(next)
      await expectRetried(ordered)
      expect([desk.begun(next), desk.ended(next)]).toEqual([2, 1])
    })

    it('cancel: in the check goes back, and the image is held', async () => {
      const ordered = await order('blog', { health: 'hang' })
      await poll(async () => (await liveVersion('blog')) === ordered.version, {
        what: 'the switch',
        everyMs: 5,
      })

      const { code } = await stack.cli('cancel', ordered.id, '--wait')

      expect(code).toBe(0)
      expect((await stack.deployment(ordered.id))?.state).toBe('cancelled')
      await untilIdle(stack)
      expect(versionsIn(await watch.stop())).toEqual([before, ordered.version, before])
      const again = await stack.announce('blog', ordered.digest)
      const end = await stack.untilOutcome(again.deployments[0]?.id ?? '', 'failed')
      expect(end.errorCode).toBe('DIGEST_HELD')
    })
  })

  describe('whose deploys are held back', () => {
    it('freeze: takes pushes, and lets the newest of them out at its end', async () => {
      await stack.cli('freeze', 'news', '--reason', 'campaign is running')
      const older = await order('news')
      await expect.poll(async () => (await stack.deployment(older.id))?.why).toContain('campaign is running')
      const newer = await order('news')
      await expect.poll(async () => (await stack.deployment(newer.id))?.why).toContain('campaign is running')
      expect(await liveVersion('news')).toBe('n0')
      watch = await stack.watch('news')

      await stack.cli('unfreeze', 'news')

      await stack.untilOutcome(newer.id, 'live')
      expect((await stack.deployment(older.id))?.state).toBe('superseded')
      const seen = await watch.stop()
      expect(seen.gaps).toEqual([])
      expect(versionsIn(seen)).toEqual(['n0', newer.version])
    })
  })
})
