import { randomBytes } from 'node:crypto'
import { type Config, type Redact, SlipwayError } from '@slipway/core'
import { createRegistryClient } from '@slipway/registry'
import {
  createNudger,
  createPushStore,
  createReconcileStore,
  createRolloutStore,
  createRunStore,
  type RedisClient,
} from '@slipway/store'
import type Docker from 'dockerode'
import type { Logger } from 'pino'
import { createDockerEngine } from './adapters/docker-engine.ts'
import { createDockerServices } from './adapters/docker-services.ts'
import { readEnvironmentFile } from './adapters/environment-file.ts'
import { fetchProbe } from './adapters/fetch-probe.ts'
import { flockMutex } from './adapters/flock-mutex.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { closeDeployQueue, openDeployQueue } from './deploy-queue.ts'
import { openMaintenance } from './maintenance-queue.ts'
import { createProcessor } from './process-job.ts'
import { reconcile } from './reconcile/reconcile.ts'
import type { Finding } from './reconcile/sweep.ts'
import type { Site } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'
import { watchServer } from './watch-server.ts'

export interface HostWorkerOptions {
  readonly host: string
  readonly config: Config
  readonly sites: ReadonlyMap<string, Site>
  readonly redis: RedisClient
  readonly docker: Docker
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

/** Builds the worker of a host from its real parts and lets it begin. */
export async function startHostWorker(options: HostWorkerOptions): Promise<HostWorker> {
  const { host, config, sites, redis, docker, redact, log, failpoint, onUnsuitable } = options
  const store = createRunStore(redis, host, systemTimer)
  const book = createReconcileStore(redis, host)
  const rollouts = createRolloutStore(redis, systemTimer)
  const nudger = createNudger(redis, config.retry)
  const pushes = createPushStore({ redis, retry: config.retry, clock: systemTimer })
  const engine = createDockerEngine(docker, host)
  const draining = new AbortController()

  const processor = createProcessor({
    sites,
    store,
    rollouts,
    nudger,
    redact,
    log,
    failpoint,
    mutex: flockMutex,
    drain: draining.signal,
    lockDuration: config.worker.lock_duration,
    tools: {
      engine,
      services: createDockerServices(docker),
      registry: createRegistryClient({ hosts: registryHosts(config.registries) }),
      probe: fetchProbe,
      timer: systemTimer,
      readEnvironment: readEnvironmentFile,
      random: () => randomBytes(2).toString('hex'),
    },
  })
  const worker = openDeployQueue(processor, { host, redis, settings: config.worker, store, log })
  const tell = ({ isAlarm, ...finding }: Finding) =>
    isAlarm ? log.error(finding, 'reconcile') : log.info(finding, 'reconcile')
  const tools = { host, sites, store, book, rollouts, nudger, pushes, mutex: flockMutex, engine, tell }
  const reconcileNow = (signal: AbortSignal) => reconcile({ ...tools, timer: systemTimer }, signal)
  const maintenance = openMaintenance({
    host,
    redis,
    log,
    schedules: config.schedules,
    settings: config.worker,
    work: { reconcile: reconcileNow },
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
    },
  }
}

function registryHosts(registries: Config['registries']) {
  return Object.fromEntries(
    Object.entries(registries).map(([host, { insecure, token_services: tokenServices }]) => [
      host,
      { insecure, tokenServices },
    ]),
  )
}
