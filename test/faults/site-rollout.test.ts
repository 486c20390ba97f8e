import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CurrentReport, type PrivateEngine, poll, type Sampler, startPrivateEngine } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import { type FaultStack, type Ordered, startFaultStack } from '../support/fault-stack.ts'
import { type MigrationDesk, openMigrationDesk } from '../support/migration-desk.ts'
import { inFull } from '../support/short-form.ts'
import { lookAt, untilIdle, versionsIn, whole } from '../support/whole-release.ts'

type Project = 'shop' | 'till'
type Host = 'one' | 'two'

describe('a site on two hosts, each with its own engine', () => {
  let folder: string
  let other: PrivateEngine
  let desk: MigrationDesk
  let stack: FaultStack
  let watches: Record<Project, Record<Host, Sampler<CurrentReport>>>
  const live = { shop: 'v0', till: 'v0' }
  let count = 0

  beforeAll(async () => {
    desk = await openMigrationDesk()
    // Short on purpose: the path of a Unix socket has an end.
    folder = await mkdtemp(join(tmpdir(), 'slipway-r-'))
    other = await startPrivateEngine({ folder: join(folder, 'e'), say: () => {} })
    const rolling = (project: Project, onFailure: 'stop' | 'roll_back') => ({
      services: [
        { container: 'php', action: 'exec', command: ['sh', `/sites/${project}/current/reload.sh`] },
      ],
      rollout: { order: 'rolling', on_failure: onFailure },
    })
    stack = await startFaultStack({
      projects: {
        base: { migrate: desk.settings },
        shop: rolling('shop', 'stop'),
        till: rolling('till', 'roll_back'),
      },
      config: { worker: { stalled_interval: '200ms' }, schedules: { reconcile: { every: '1s' } } },
      hosts: ['one', 'two'],
      engines: { two: other },
    })
    const { seq } = await stack.order('base', { version: 'base' })
    await stack.untilQuiet()
    for (const host of ['one', 'two'] as const) await startService(host, `slipway.local/base:${seq}`)
    for (const project of ['shop', 'till'] as const) await order(project, live[project])
    await stack.untilQuiet()
  })
  afterAll(async () => {
    if (stack) await engineOf('one').docker('rm', '--force', 'php')
    await stack?.stop()
    await other?.stop()
    await desk?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  function engineOf(host: Host): PrivateEngine {
    return host === 'two' ? other : stack.engine
  }

  /** What serves the sites of a host, with their roots in it. */
  async function startService(host: Host, image: string): Promise<void> {
    const mount = `${dirname(stack.root('shop', host))}:/sites`
    const options = ['--detach', '--init', '--network', 'none', '--name', 'php', '--volume', mount]
    await engineOf(host).docker('run', ...options, image, 'sleep', '100000')
  }

  /** A host does not take it when there is a file that says so. */
  function order(project: Project, version: string): Promise<Ordered> {
    const script = `test ! -e /sites/${project}/refuse-${version}\n`
    return stack.order(project, { version, files: { 'reload.sh': script } })
  }

  function nextVersion(): string {
    count += 1
    return `v${count}`
  }

  async function refuse(project: Project, host: Host, version: string): Promise<void> {
    await writeFile(join(stack.root(project, host), `refuse-${version}`), '')
  }

  async function newest(project: Project, host: Host): Promise<DeploymentRecord> {
    const [record = {}] = await stack.deployments(project, host)
    return record
  }

  /** Both hosts are at their end, and stay there. */
  async function untilStates(project: Project, states: readonly [string, string]): Promise<void> {
    await poll(
      async () =>
        (await newest(project, 'one')).state === states[0] &&
        (await newest(project, 'two')).state === states[1],
      { what: `the hosts to be ${states.join(' and ')}` },
    )
    await Promise.all([untilIdle(stack, 'one'), untilIdle(stack, 'two')])
  }

  async function seenOn(project: Project, host: Host): Promise<string[]> {
    const seen = await watches[project][host].stop()
    expect(seen.gaps).toEqual([])
    return versionsIn(seen)
  }

  beforeEach(async () => {
    const both = async (project: Project) => ({
      one: await stack.watch(project, 'one'),
      two: await stack.watch(project, 'two'),
    })
    watches = { shop: await both('shop'), till: await both('till') }
  })
  afterEach(async () => {
    for (const { one, two } of Object.values(watches)) {
      expect([(await one.stop()).gaps, (await two.stop()).gaps]).toEqual([[], []])
    }
  })

  it('rollout: the second host begins when the first one is live, with the same digest', async () => {
    const version = nextVersion()
    const ordered = await order('shop', version)
    await untilStates('shop', ['live', 'live'])

    const [one, two] = [await newest('shop', 'one'), await newest('shop', 'two')]
    expect(Number(two.startedAt)).toBeGreaterThanOrEqual(Number(one.endedAt))
    expect(two.resolvedDigest).toBe(one.resolvedDigest)
    expect(two.seq).toBe(one.seq)
    for (const host of ['one', 'two'] as const) {
      expect(await lookAt(stack, 'shop', ordered, host)).toEqual(whole(version))
      expect(await seenOn('shop', host)).toEqual([live.shop, version])
    }
    live.shop = version
  })

  it('rollout: the second host is not begun when the first one does not take it', async () => {
    const version = nextVersion()
    await refuse('shop', 'one', version)
    await order('shop', version)
    await untilStates('shop', ['rolled-back', 'failed'])

    expect(await newest('shop', 'one')).toMatchObject({ errorCode: 'RELOAD_FAILED' })
    expect(await newest('shop', 'two')).toMatchObject({ errorCode: 'ROLLOUT_STOPPED' })
    expect(await seenOn('shop', 'two')).toEqual([live.shop])
    expect(await stack.current('shop', 'one')).toMatchObject({ version: live.shop })
  })

  it('rollout: the first host goes back when the second one does not take it', async () => {
    const version = nextVersion()
    await refuse('till', 'two', version)
    await order('till', version)
    await untilStates('till', ['rolled-back', 'rolled-back'])

    expect(await newest('till', 'one')).toMatchObject({ errorCode: 'ROLLOUT_STOPPED' })
    expect(await newest('till', 'two')).toMatchObject({ errorCode: 'RELOAD_FAILED' })
    expect(await seenOn('till', 'one')).toEqual([live.till, version, live.till])
    for (const host of ['one', 'two'] as const) {
      expect(await stack.current('till', host)).toMatchObject({ version: live.till })
    }
  })

  inFull('rollout: goes on when the worker of the first host dies behind its switch', async () => {
    const version = nextVersion()
    const worker = stack.workers().find(({ name }) => name === 'worker-one')
    worker?.kill('SIGKILL')
    await worker?.exited
    const doomed = await stack.startWorker({ host: 'one', failpoint: 'after:switch' })
    const ordered = await order('till', version)
    expect((await doomed.exited).signal).toBe('SIGKILL')

    await stack.startWorker({ host: 'one' })
    await untilStates('till', ['live', 'live'])

    for (const host of ['one', 'two'] as const) {
      expect(await lookAt(stack, 'till', ordered, host)).toEqual(whole(version))
      expect(await seenOn('till', host)).toEqual([live.till, version])
    }
  })

  inFull('rollout: goes back when the worker of the first host was away meanwhile', async () => {
    const version = nextVersion()
    await refuse('till', 'two', version)
    await order('till', version)
    await poll(async () => (await newest('till', 'one')).state === 'live', {
      what: 'the first host',
      everyMs: 5,
    })
    const worker = stack.workers().find(({ name }) => name === 'worker-one')
    worker?.kill('SIGKILL')
    await worker?.exited
    await poll(async () => (await newest('till', 'two')).state === 'rolled-back', { what: 'the second host' })

    await stack.startWorker({ host: 'one' })

    await untilStates('till', ['rolled-back', 'rolled-back'])
    expect((await stack.current('till', 'one'))?.version).toBe((await stack.current('till', 'two'))?.version)
    expect((await stack.current('till', 'one'))?.version).not.toBe(version)
  })
})
