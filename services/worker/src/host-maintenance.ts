import { join } from 'node:path'
import {
  type Config,
  type Redact,
  runNames,
  type ScheduleName,
  SlipwayError,
  schedulesOf,
  verifyName,
} from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'
import {
  createDriftStore,
  createJobEnds,
  createPollStore,
  createPruneStore,
  type PushStore,
  type RedisClient,
  type RunStore,
} from '@slipway/store'
import type Docker from 'dockerode'
import type { Logger } from 'pino'
import { createDockerInventory } from './adapters/docker-inventory.ts'
import { createDockerDeletions } from './adapters/docker-prune.ts'
import { createFetchPinger } from './adapters/fetch-pinger.ts'
import { flockMutex } from './adapters/flock-mutex.ts'
import { releaseRoots } from './adapters/release-roots.ts'
import { createSeenImagesFile } from './adapters/seen-images-file.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { type ClockWork, clockJob } from './clock-job.ts'
import { createDiskWatch } from './disk-watch/disk-watch.ts'
import { statDevice } from './disk-watch/distinct-disks.ts'
import { openMaintenance } from './maintenance-queue.ts'
import type { Ping } from './notices/pings.ts'
import { createPoller } from './poll/poller.ts'
import type { DiskSpace, EngineDisk } from './ports/disk-space.ts'
import type { Notifier } from './ports/notifier.ts'
import { readDisks } from './prune/disk-figures.ts'
import { createPruneHost } from './prune/prune-host.ts'
import { createPruning, type Pruning } from './pruning.ts'
import type { Site } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'
import { verifyAll, verifyOne } from './verify/verify-host.ts'

export interface HostMaintenanceOptions {
  readonly host: string
  readonly config: Config
  readonly sites: ReadonlyMap<string, Site>
  readonly redis: RedisClient
  readonly docker: Docker
  /** Who is told that jobs by the clock still run. */
  readonly pings: readonly Ping[]
  readonly notifier: Pick<Notifier, 'tell'>
  readonly redact: Redact
  readonly log: Logger
  readonly failpoint: Failpoint
  readonly store: RunStore
  readonly pushes: PushStore
  readonly registry: RegistryClient
  readonly disks: { readonly disk: DiskSpace; readonly engineDisk: EngineDisk }
  readonly reconcile: (signal: AbortSignal) => Promise<void>
}

/** What the worker of a host does beside its deploys. */
export interface HostMaintenance {
  /** Puts the schedules in place; also again, when Redis was emptied. */
  ensure(): Promise<void>
  /** Begins to take jobs and to look at the disks. */
  run(): void
  /** Begins nothing more and asks what is under way to end. */
  close(): Promise<void>
}

/** Milliseconds that signs of life have to get through when the worker ends. */
const lastSigns = 2_000

/** Builds the maintenance of a host from its real parts. */
export function openHostMaintenance(options: HostMaintenanceOptions): HostMaintenance {
  const { host, config, sites, redis, pings, notifier, redact, log, disks } = options
  const pinger = createFetchPinger({
    pings,
    onLost: (job, why) => log.warn({ job, why }, 'a sign of life did not get through'),
  })
  const pruning = openPruning(options)
  const diskWatch = createDiskWatch({
    ...{ host, pruning, notifier, log, timer: systemTimer, settings: config.disk, deviceOf: statDevice },
    read: (signal) => readDisks({ sites, ...disks }, signal),
  })
  const queue = openMaintenance({
    ...{ host, redis, log, settings: config.worker, schedules: schedulesOf(config, host) },
    work: workOf(options, pruning, (name, work) => {
      const ends = createJobEnds(redis, host)
      return clockJob({ ...{ host, ends, pinger, redact, log }, timer: systemTimer }, name, work)
    }),
  })
  const stopping = new AbortController()
  let watching = Promise.resolve()

  return {
    ensure: queue.ensure,
    run() {
      queue.run()
      watching = diskWatch.keepLooking(stopping.signal)
    },
    async close() {
      stopping.abort(new SlipwayError('INTERRUPTED', 'The worker is to stop; the next prune does the rest.'))
      await Promise.all([queue.close(), watching])
      await pinger.close(lastSigns)
    },
  }
}

type AsJob = (name: ScheduleName, work: ClockWork) => (signal: AbortSignal, data: unknown) => Promise<void>

/** What is done for each job, by the name that it has in the queue. */
function workOf(options: HostMaintenanceOptions, pruning: Pruning, asJob: AsJob) {
  const { host, sites, redis, notifier, redact, log, store, pushes, registry, reconcile } = options
  const verifyTools = {
    ...{ host, sites, notifier, redact, log, timer: systemTimer, mutex: flockMutex },
    drifts: createDriftStore(redis, host),
  }
  const asking = { host, sites, registry, store, pushes, book: createPollStore(redis, host) }
  const poll = createPoller({ ...asking, timer: systemTimer, redact, log })
  return {
    [runNames.poll]: asJob('poll', nothingToSay(poll)),
    [runNames.reconcile]: asJob('reconcile', nothingToSay(reconcile)),
    [runNames.verify]: asJob('verify', (signal) => verifyAll(verifyTools, signal)),
    [runNames.prune]: asJob('prune', async (signal, { by, isDryRun }) => {
      const cause = by === null ? 'schedule' : 'command'
      const record = await pruning.run({ cause, by, isDryRun }, signal)
      const { outcome, errorCode, why } = record
      return { outcome, errorCode, why, prune: record }
    }),
    [verifyName]: (signal: AbortSignal, data: unknown) => verifyOne(verifyTools, data, signal),
  }
}

function openPruning(options: HostMaintenanceOptions): Pruning {
  const { host, config, sites, redis, docker, notifier, redact, log, failpoint, store, disks } = options
  return createPruning({
    prune: createPruneHost({
      ...{ host, sites, store, redact, failpoint, timer: systemTimer },
      ...{ mutex: flockMutex, roots: releaseRoots },
      ...disks,
      inventory: createDockerInventory(docker),
      deletions: createDockerDeletions(docker),
      seen: createSeenImagesFile(join(config.state_dir, 'worker', `seen-images-${host}.json`)),
      policy: config.prune,
      pressure: config.disk,
      say: (line) => log.info(`prune: ${line}`),
    }),
    store: createPruneStore(redis, host),
    policy: config.prune,
    ...{ notifier, log },
  })
}

function nothingToSay(work: (signal: AbortSignal) => Promise<void>): ClockWork {
  return async (signal) => {
    await work(signal)
    return undefined
  }
}
