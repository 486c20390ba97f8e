import { randomBytes } from 'node:crypto'
import { type Config, type Redact, SlipwayError } from '@slipway/core'
import { createRegistryClient, hostRules } from '@slipway/registry'
import {
  createNudger,
  createPushStore,
  createReconcileStore,
  createRolloutStore,
  createRunStore,
  type RedisClient,
  type RunEnd,
} from '@slipway/store'
import type Docker from 'dockerode'
import type { Logger } from 'pino'
import { createDockerCommands } from './adapters/docker-commands.ts'
import { createDockerDisk } from './adapters/docker-disk.ts'
import { createDockerEngine } from './adapters/docker-engine.ts'
import { createDockerServices } from './adapters/docker-services.ts'
import { readEnvironmentFile } from './adapters/environment-file.ts'
import { createFetchNotifier, type Receiver } from './adapters/fetch-notifier.ts'
import { flockMutex } from './adapters/flock-mutex.ts'
import { maintenanceFile } from './adapters/maintenance-file.ts'
import { createSiteProbe } from './adapters/site-probe.ts'
import { statfsDiskSpace } from './adapters/statfs-disk-space.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { createCosignTrust } from './adapters/trust-cosign.ts'
import { closeDeployQueue, openDeployQueue } from './deploy-queue.ts'
import { openHostMaintenance } from './host-maintenance.ts'
import { outcomeNotice } from './notices/outcome-notice.ts'
import type { Ping } from './notices/pings.ts'
import { createProcessor } from './process-job.ts'
import { reconcile } from './reconcile/reconcile.ts'
import type { Finding } from './reconcile/sweep.ts'
import { createRoomKeeper } from './rollout/room.ts'
import type { Site } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'
import { watchServer } from './watch-server.ts'

export interface HostWorkerOptions {
  readonly host: string
  readonly config: Config
  readonly sites: ReadonlyMap<string, Site>
  readonly redis: RedisClient
  readonly docker: Docker
  /** Who is told of what needs a person. */
  readonly receivers: readonly Receiver[]
  /** Who is told that jobs by the clock still run. */
  readonly pings: readonly Ping[]
  readonly redact: Redact
  readonly log: Logger
  readonly failpoint: Failpoint
  /** Redis turned out to be one that a worker must not go on with. */
  readonly onUnsuitable: (error: SlipwayError) => void
}

/** The worker of one host, taking deploys. */
export interface HostWorker {
  /**
   * Takes no more jobs, lets running ones come to a safe point and parks what does not within
   * `worker.shutdown_timeout`.
   */
  stop(): Promise<void>
}

/** Milliseconds that notices have to get through when the worker ends. */
const lastNotices = 2_000

/** Builds the worker of a host from its real parts and lets it begin. */
export async function startHostWorker(options: HostWorkerOptions): Promise<HostWorker> {
  const { host, config, sites, redis, docker, receivers, pings, redact, log, failpoint, onUnsuitable } =
    options
  const store = createRunStore(redis, host, systemTimer)
  const book = createReconcileStore(redis, host)
  const rollouts = createRolloutStore(redis, systemTimer)
  const nudger = createNudger(redis, config.retry)
  const pushes = createPushStore({ redis, retry: config.retry, clock: systemTimer })
  const engine = createDockerEngine(docker, host)
  const registry = createRegistryClient({ hosts: hostRules(config.registries) })
  const draining = new AbortController()
  const notifier = createFetchNotifier({
    receivers,
    redact,
    onLost: (receiver, { event, project }, why) =>
      log.warn({ receiver, event, project, why }, 'a notice did not get through'),
  })
  const onEnd = (project: string, deployment: string, end: RunEnd) => {
    const notice = outcomeNotice({ project, host, at: systemTimer.now(), deployment, end })
    if (notice) notifier.tell(notice)
  }
  const onEngineDiskUnknown = (places: string) =>
    log.info({ places }, 'where the engine keeps images is not to be seen: its free space is not looked at')

  const disks = { disk: statfsDiskSpace, engineDisk: createDockerDisk(docker, onEngineDiskUnknown) }

  const processor = createProcessor({
    sites,
    store,
    rollouts,
    nudger,
    redact,
    log,
    failpoint,
    onEnd,
    mutex: flockMutex,
    drain: draining.signal,
    lockDuration: config.worker.lock_duration,
    tools: {
      engine,
      services: createDockerServices(docker, failpoint),
      registry,
      trust: createCosignTrust(registry),
      probe: createSiteProbe(docker),
      commands: createDockerCommands(docker),
      maintenance: maintenanceFile,
      timer: systemTimer,
      readEnvironment: readEnvironmentFile,
      random: () => randomBytes(2).toString('hex'),
      room: createRoomKeeper({ ...disks, floor: config.disk.floor }),
    },
  })
  const worker = openDeployQueue(processor, { host, redis, settings: config.worker, store, log, onEnd })
  const tell = ({ isAlarm, ...finding }: Finding) =>
    isAlarm ? log.error(finding, 'reconcile') : log.info(finding, 'reconcile')
  const stands = { mutex: flockMutex, engine, maintenance: maintenanceFile }
  const tools = { host, sites, store, book, rollouts, nudger, pushes, ...stands, tell }
  const reconcileNow = (signal: AbortSignal) => reconcile({ ...tools, timer: systemTimer }, signal)
  const maintenance = openHostMaintenance({
    ...{ host, config, sites, redis, docker, pings, notifier, redact, log, failpoint },
    ...{ store, pushes, registry, disks, reconcile: reconcileNow },
  })

  const watch = watchServer(
    {
      redis,
      book,
      log,
      onUnsuitable,
      onEmptied: () => reconcileNow(draining.signal),
      keepSchedules: maintenance.ensure,
    },
    await book.epoch(),
  )
  worker.run().catch((error: unknown) => log.error({ error: String(error) }, 'queue stopped'))
  await worker.waitUntilReady()
  await maintenance.ensure()
  maintenance.run()
  reconcileNow(draining.signal).catch((error: unknown) =>
    log.error({ error: String(error) }, 'reconcile failed'),
  )

  return {
    async stop() {
      watch.stop()
      draining.abort(
        new SlipwayError('INTERRUPTED', 'The worker is to stop; the next start goes on from here.'),
      )
      await Promise.all([closeDeployQueue(worker, config.worker.shutdown_timeout), maintenance.close()])
      await nudger.close()
      await notifier.close(lastNotices)
    },
  }
}
