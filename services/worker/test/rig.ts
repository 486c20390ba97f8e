import { fixedCredentials } from '@slipway/config-file'
import { type AcceptedWant, currentTarget, type HostState, type Release } from '@slipway/core'
import { createRoomKeeper } from '../src/rollout/room.ts'
import type { DeployRun, Run, Site } from '../src/rollout/run.ts'
import { createStepRunner, type Failpoint } from '../src/rollout/step.ts'
import { createFakeCommands, type FakeCommands } from './fakes/fake-commands.ts'
import { createFakeDisk, type FakeDisk } from './fakes/fake-disk.ts'
import { createFakeEngine, type FakeEngine } from './fakes/fake-engine.ts'
import { type Behaviour, createFakeProbe, type FakeProbe } from './fakes/fake-probe.ts'
import { createFakeRegistry, type FakeRegistry } from './fakes/fake-registry.ts'
import { createFakeServices, type FakeServices } from './fakes/fake-services.ts'
import { createFakeTrust, type FakeTrust } from './fakes/fake-trust.ts'
import { createManualTimer, type ManualTimer } from './fakes/manual-timer.ts'
import { createMemoryMaintenance, type MemoryMaintenance } from './fakes/memory-maintenance.ts'
import { createMemoryReleaseStore, type MemoryReleaseStore } from './fakes/memory-release-store.ts'
import { createRecordingReporter, type RecordingReporter } from './fakes/recording-reporter.ts'
import { digestOf, projectOf, releaseOf, wantOf } from './project.ts'

export const checkUrl = 'http://127.0.0.1:8088/health'
export const services = [
  { container: 'shop-php-fpm', action: 'signal', signal: 'USR2' },
  { container: 'shop-nginx', action: 'signal', signal: 'HUP' },
]
export const check = { url: checkUrl, retries: 1, interval: '1s' }
export const migrate = { command: ['migrate'] }

/** Bytes that a pull and a copy must leave free. */
export const rigFloor = 1e9

/** What is wanted in these tests: a digest that the registry has under `latest`. */
export const wanted = digestOf('a')
/** A release that is live before, with a seq below that of the want. */
export const earlier = releaseOf(1_000, 'e', { status: 'live', tag: 'older' })

export interface RigOptions {
  /** Of the project. Default: `shop`. */
  readonly name?: string
  readonly project?: object
  /** What the check answers, one after the other; the last one stays. */
  readonly answers?: readonly Behaviour[]
  readonly want?: Partial<AcceptedWant>
  /** What is live, and passed its check, before. */
  readonly live?: Release | null
  readonly failpoint?: Failpoint
  readonly pinned?: string
  readonly trustedKeys?: readonly string[]
  readonly agree?: DeployRun['agree']
  readonly newer?: DeployRun['newer']
  readonly fence?: DeployRun['fence']
}

/** A walk whose every edge is a fake, ready to be walked. */
export interface Rig {
  readonly run: DeployRun
  readonly site: Site
  readonly engine: FakeEngine
  readonly disk: FakeDisk
  readonly registry: FakeRegistry
  readonly trust: FakeTrust
  readonly services: FakeServices
  readonly probe: FakeProbe
  readonly commands: FakeCommands
  readonly maintenance: MemoryMaintenance
  readonly releases: MemoryReleaseStore
  readonly timer: ManualTimer
  readonly report: RecordingReporter
  /** Makes the whole run stop. */
  readonly stop: AbortController
  /** Takes the deployment back. */
  readonly cancel: AbortController
  /** Lets no further step begin. */
  readonly drain: AbortController
  /** Names of the steps that were begun. */
  begun(): string[]
  /** The same world walked again, as by the next start of a worker. */
  again(more?: Pick<RigOptions, 'want' | 'newer' | 'fence'>): DeployRun
}

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { name = 'shop', live = null, answers = [200] } = options
  const stop = new AbortController()
  const cancel = new AbortController()
  const drain = new AbortController()
  const signals = { signal: stop.signal, cancel: cancel.signal, drain: drain.signal }
  const report = createRecordingReporter()
  const timer = createManualTimer()
  const releases = createMemoryReleaseStore(live && currentTarget(live))
  const engine = createFakeEngine({ [wanted]: { 'public/index.php': '<?php' } })
  engine.programs.set('migrate', { lines: ['migrating'], exitCode: 0 })
  const registry = createFakeRegistry({ latest: wanted, [wanted]: wanted })
  const trust = createFakeTrust()
  const told = createFakeServices()
  const disk = createFakeDisk()
  const probe = createFakeProbe({ [checkUrl]: [...answers] })
  const commands = createFakeCommands()
  const maintenance = createMemoryMaintenance()
  if (live) {
    await releases.saveRelease(live)
    await releases.saveState({ live, good: live, seq: live.seq })
    releases.folders.set(live.name, ['public/index.php'])
  }
  const site: Site = {
    name,
    config: projectOf({ release: { root: `/srv/${name}` }, ...options.project }),
    credentials: fixedCredentials({ username: 'ada', password: 'a-password' }),
    trustedKeys: options.trustedKeys ?? [],
    releases,
  }
  const step = createStepRunner({
    report,
    timer,
    failpoint: options.failpoint ?? (() => {}),
    ...signals,
  })
  const base: Run = {
    engine,
    registry,
    trust,
    services: told,
    probe,
    commands,
    maintenance,
    timer,
    readEnvironment: async () => [],
    random: () => 'rand',
    room: createRoomKeeper({ disk, engineDisk: disk, floor: rigFloor, every: 5 }),
    site,
    report,
    step,
    ...signals,
  }
  const walk = (more: RigOptions): DeployRun => ({
    ...base,
    want: wantOf(more.want),
    pinned: more.pinned ?? null,
    agree: more.agree ?? (async (digest) => digest),
    newer: more.newer ?? (async () => null),
    fence: more.fence ?? (async () => {}),
  })
  return {
    run: walk(options),
    site,
    engine,
    disk,
    registry,
    trust,
    services: told,
    probe,
    commands,
    maintenance,
    releases,
    timer,
    report,
    stop,
    cancel,
    drain,
    begun: () => report.lines.flatMap((line) => /^\[(.+)\] begins$/.exec(line)?.[1] ?? []),
    again: (more = {}) => walk(more),
  }
}

/** What the host remembers in the end, by the names of the releases. */
export async function remembered(rig: Rig) {
  const state: HostState = await rig.releases.state()
  return { live: state.live?.name ?? null, good: state.good?.name ?? null, seq: state.seq }
}
