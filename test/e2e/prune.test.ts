import { busyboxLayer, type LabProcess, pushImage } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { configurePrune, listEngine, type PruneReport, prune } from '../support/prune-calls.ts'
import { firstInShort } from '../support/short-form.ts'
import { watched } from '../support/untouched.ts'
import { untilIdle } from '../support/whole-release.ts'
import { untilStopped } from '../support/worker-logs.ts'

const projects = ['shop', 'blog'] as const
const mine = { min_age: '0s' }
const open = { ...mine, unowned: 'unused', containers: 'stopped', networks: 'unused', older_than: '0s' }
const say = () => {}

describe('a prune of a busy host', () => {
  let stack: FaultStack
  const deployed: Record<string, DeploymentRecord[]> = { shop: [], blog: [] }
  let count = 0

  beforeAll(async () => {
    stack = await startFaultStack({
      projects: { shop: { release: { keep: 5 } }, blog: { release: { keep: 5 } } },
      // A worker that is stopped for a moment keeps its job, and what is asked for is done by the one that runs.
      config: { worker: { lock_duration: '20s' }, schedules: { reconcile: { every: '1h' } }, prune: mine },
    })
    await Promise.all(
      projects.map(async (project) => {
        for (let version = 1; version <= 5; version += 1) await deploy(project)
        await stack.deploy(project, { version: `sick ${project}`, health: '500' }, 'rolled-back')
      }),
    )
    await bringOthers()
  })
  afterAll(() => stack?.stop())

  async function deploy(project: string): Promise<DeploymentRecord> {
    count += 1
    const record = await stack.deploy(project, { version: `v${count}` })
    deployed[project]?.push(record)
    return record
  }

  /** What other people have on the engine. */
  async function bringOthers(): Promise<void> {
    const { docker } = stack.engine
    const base = await busyboxLayer({ say })
    const names: string[] = []
    for (const [repository, tag] of [
      ['tool', 'runs'],
      ['tool', 'idle'],
      ['tool', 'ended'],
      ['lonely', ''],
    ] as const) {
      const files = { '/own': `${repository} ${tag}` }
      const to = { registry: stack.registry.host, repository: `others/${repository}` }
      const { digest } = await pushImage({ ...to, tags: tag ? [tag] : [], base, files })
      const name = `${to.registry}/${to.repository}${tag ? `:${tag}` : `@${digest}`}`
      await docker('pull', '--quiet', name)
      names.push(name)
    }
    const [runs = '', , ended = ''] = names
    await docker('run', '--detach', '--network', 'none', '--name', 'others-run', runs, 'sleep', '600')
    await docker('run', '--network', 'none', '--name', 'others-ended', ended, 'true')
    // Nobody gives it a name.
    await docker('commit', 'others-ended')
    await docker('network', 'create', 'others-net')
    await docker('volume', 'create', 'others-data')
  }

  /** Workers that go by another policy, in the place of those that run. */
  async function restart(keep: number, policy: object, failpoint?: string): Promise<LabProcess> {
    await untilIdle(stack)
    await stack.killWorkers()
    await configurePrune(stack, { keep, prune: { ...policy } })
    return stack.startWorker(failpoint ? { failpoint } : {})
  }

  const releasesOf = (project: string) => stack.releases(project)
  const isOthers = (name: string) => !name.includes('acme/') && !name.startsWith('slipway.local/')

  it('shows what it would do, does that, and leaves what is not its own alone', async () => {
    await restart(2, mine)
    const before = await listEngine(stack.engine)
    const releases = await Promise.all(projects.map(releasesOf))

    const planned = await prune(stack, '--dry-run')
    const untouched = await listEngine(stack.engine)
    const { result: done, versions } = await watched(stack, 'shop', () => prune(stack))
    const after = await listEngine(stack.engine)

    expect(releases.map((names) => names.length)).toEqual([6, 6])
    expect(untouched).toEqual(before)
    expect(done).toMatchObject({ outcome: 'done', problems: [] })
    expect(versions).toHaveLength(1)
    const told = ({ deleted }: typeof done) => deleted.map(({ kind, name }) => `${kind} ${name}`).toSorted()
    expect(told(done)).toEqual(told(planned))
    // Three good ones and the sick one of each project, with their images.
    expect(done.counts).toMatchObject({
      release: { deleted: 8, failed: 0 },
      image: { deleted: 8, failed: 0 },
    })
    for (const project of projects) {
      const kept = deployed[project]?.slice(-2).map(({ release }) => release)
      expect(await releasesOf(project)).toEqual(kept)
    }
    expect(after.images.filter(isOthers)).toEqual(before.images.filter(isOthers))
    expect(after).toEqual({ ...before, images: after.images })
    expect(after.images.filter((name) => name.startsWith('slipway.local/'))).toHaveLength(4)
    expect(done.after.map(({ of }) => of)).toEqual(['engine', ...projects])
  })

  it('goes back to every release that it kept, with the registry away', async () => {
    await stack.proxies.registry.cut()
    for (const project of projects) {
      const target = deployed[project]?.at(-2)
      const { code, stderr } = await stack.cli('rollback', project, '--wait')
      expect({ code, stderr }).toMatchObject({ code: 0 })
      expect((await stack.deployed(project))?.name).toBe(target?.release)
    }
    await stack.proxies.registry.restore()
  })

  it('may do what the engine would do itself, and leaves nothing for that', async () => {
    await restart(2, open)
    const before = await listEngine(stack.engine)

    const done = await prune(stack)
    const after = await listEngine(stack.engine)
    const left = await stack.engine.docker('system', 'prune', '--force')

    expect(done).toMatchObject({ outcome: 'done', problems: [] })
    expect(before.containers).toEqual(['others-ended exited', 'others-run running'])
    expect(after.containers).toEqual(['others-run running'])
    expect(after.images.filter(isOthers)).toEqual([expect.stringContaining('others/tool:runs')])
    expect(after.networks).not.toContain('others-net')
    expect(after.volumes).toEqual(['others-data'])
    expect(left).toContain('Total reclaimed space: 0B')
    expect(left).not.toMatch(/deleted/i)
    expect(await listEngine(stack.engine)).toEqual(after)
  })

  describe('with a deploy or a rollback at the same time', () => {
    // More than a prune will keep.
    async function bringMore(project: string, more: number): Promise<void> {
      await restart(5, mine)
      for (let version = 0; version < more; version += 1) await deploy(project)
    }

    /** Asks before a worker is there that can do it: the one that stands still would be told of it otherwise. */
    async function pruneBeside(): Promise<PruneReport> {
      const asked = prune(stack)
      const waiting = () => stack.redis.llen(stack.key('maintenance-local:wait'))
      await expect.poll(waiting, { timeout: 20_000 }).toBe(1)
      await stack.startWorker()
      return asked
    }

    async function expectWhole(project: string, release: string | undefined): Promise<void> {
      expect((await stack.deployed(project))?.name).toBe(release)
      expect((await stack.current(project))?.release).toBe(release)
      expect(await stack.cli('verify', project)).toMatchObject({ code: 0 })
    }

    it('harms no rollback that is about to switch', async () => {
      await bringMore('shop', 2)
      const worker = await restart(2, open, 'before:switch=stop')
      const [target] = await releasesOf('shop')
      const asked = stack.cli('rollback', 'shop', '--to', target ?? '', '--wait')
      await untilStopped(worker)

      const report = await pruneBeside()
      const still = await releasesOf('shop')
      worker.kill('SIGCONT')
      const { code } = await asked

      expect(report.outcome).toBe('done')
      expect(report.kept.find(({ name }) => name === target)?.why).toMatch(/rollback|under way/)
      expect(still).toHaveLength(4)
      expect(code).toBe(0)
      await expectWhole('shop', target)
    })

    it('harms no deploy that is between its pull and the name that keeps the image', async () => {
      const worker = await restart(2, open, 'before:pull=stop')
      const { id, digest } = await stack.order('shop', { version: 'gap' })
      await untilStopped(worker)
      // As the pull leaves it: by its digest alone, which is what every prune of dangling images takes.
      const image = `${stack.proxies.registry.address}/acme/shop@${digest}`
      await stack.engine.docker('pull', '--quiet', image)

      const report = await pruneBeside()
      const still = (await listEngine(stack.engine)).images
      worker.kill('SIGCONT')
      const record = await stack.untilOutcome(id, 'live')

      expect(report.outcome).toBe('done')
      expect(still).toContain(image)
      expect(await stack.log(id)).toContain('[pull] the engine has this image already')
      await expectWhole('shop', record.release)
    })

    it.each(
      firstInShort<[what: string, order: () => Promise<string>]>(1, [
        ['rollback', rollBack],
        ['deploy', async () => (await stack.order('blog', { version: 'after' })).id],
      ]),
      // Of the first project that it comes to.
    )('lets a %s wait that comes while it deletes releases', async (_what, order) => {
      await bringMore('blog', 2)
      const worker = await restart(2, mine, 'during:prune-release=stop')
      const asked = prune(stack)
      await untilStopped(worker)

      const id = await order()
      await stack.startWorker()
      const delayed = () => stack.redis.zcard(stack.key('deploy-local:delayed'))
      await expect.poll(delayed, { timeout: 20_000 }).toBe(1)
      const waiting = await stack.deployment(id)
      worker.kill('SIGCONT')
      const report = await asked
      const record = await stack.untilOutcome(id, 'live')

      expect(waiting?.state).toBe('queued')
      expect(report.outcome).toBe('done')
      expect(report.counts.release?.deleted).toBeGreaterThan(0)
      await expectWhole('blog', record.release)
    })

    it('leaves an image to a deploy that took it up after it was planned to go', async () => {
      await bringMore('shop', 2)
      const old = deployed.shop?.at(-3)
      const worker = await restart(2, mine, 'before:prune-image=stop')
      const asked = prune(stack)
      await untilStopped(worker)
      const planned = await releasesOf('shop')

      await stack.startWorker()
      const digest = old?.resolvedDigest ?? ''
      const { code } = await stack.cli('deploy', 'shop', '--digest', digest, '--force', '--wait')
      worker.kill('SIGCONT')
      const report = await asked

      expect(planned).not.toContain(old?.release)
      expect(code).toBe(0)
      expect(report.outcome).toBe('done')
      const { name } = (await stack.deployed('shop')) ?? {}
      expect(name).toContain(digest.slice('sha256:'.length).slice(0, 12))
      await expectWhole('shop', name)
      expect(await stack.engine.docker('images', '--digests', '--format', '{{.Digest}}')).toContain(digest)
    })
  })

  async function rollBack(): Promise<string> {
    const { code, stderr } = await stack.cli('rollback', 'blog')
    if (code !== 0) throw new Error(stderr)
    return (await stack.deployments('blog'))[0]?.id ?? ''
  }
})
