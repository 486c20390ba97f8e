import { randomBytes } from 'node:crypto'
import { readRedisPassword, readTogether, requireConfig } from '@slipway/config-file'
import { createRedactor, isConfigurationError, SlipwayError } from '@slipway/core'
import { createRegistryClient } from '@slipway/registry'
import {
  connectWaiting,
  createRunStore,
  readServerFacts,
  redisSettings,
  requireKeeping,
} from '@slipway/store'
import Docker from 'dockerode'
import { pino } from 'pino'
import { createDockerEngine } from './adapters/docker-engine.ts'
import { createDockerServices } from './adapters/docker-services.ts'
import { readEnvironmentFile } from './adapters/environment-file.ts'
import { fetchProbe } from './adapters/fetch-probe.ts'
import { flockMutex } from './adapters/flock-mutex.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { closeDeployQueue, openDeployQueue, openHostQueue } from './deploy-queue.ts'
import { createFailpoint } from './failpoint.ts'
import { createProcessor } from './process-job.ts'
import { renudge } from './renudge.ts'
import { loadSites } from './sites.ts'

/** As sysexits.h has it: the configuration cannot be used. A supervisor need not try again. */
const configExitCode = 78
/** After the jobs were asked to stop: longer than this no safe point is away. */
const lastGrace = 10_000

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const host = environment.SLIPWAY_HOST ?? 'local'
  const config = await requireConfig(environment.SLIPWAY_CONFIG ?? '/etc/slipway/slipway.yaml')
  const [sites, password] = await readTogether([
    loadSites(config, host, environment),
    readRedisPassword(config, environment),
  ])
  const secrets = [...sites.values()].flatMap(({ credentials }) => credentials?.password ?? [])
  const redact = createRedactor(password ? [...secrets, password] : secrets)
  const log = pino({
    level: environment.LOG_LEVEL ?? 'info',
    base: { service: 'worker', host },
    hooks: { streamWrite: redact },
  })

  const redis = connectWaiting(redisSettings(config, password))
  redis.on('error', (error) => log.error({ error: error.message }, 'redis error'))
  const facts = await readServerFacts(redis)
  requireKeeping(facts)
  if (!facts.appendOnly) log.warn('redis keeps no append-only file: accepted pushes can be lost when it dies')

  const docker = new Docker()
  await docker.version().then(
    ({ Version: version, ApiVersion: api }) => log.info({ version, api }, 'engine'),
    (error: Error) => log.error({ error: error.message }, 'engine does not answer'),
  )

  const store = createRunStore(redis, host, systemTimer)
  const processor = createProcessor({
    sites,
    store,
    redact,
    log,
    mutex: flockMutex,
    failpoint: createFailpoint(environment.SLIPWAY_FAILPOINT),
    lockDuration: config.worker.lock_duration,
    tools: {
      engine: createDockerEngine(docker),
      services: createDockerServices(docker),
      registry: createRegistryClient({ hosts: registryHosts(config.registries) }),
      probe: fetchProbe,
      timer: systemTimer,
      readEnvironment: readEnvironmentFile,
      random: () => randomBytes(2).toString('hex'),
    },
  })
  const worker = openDeployQueue(processor, { host, redis, settings: config.worker, store, log })
  const running = worker.run()
  running.catch((error: unknown) => log.error({ error: String(error) }, 'queue stopped'))
  await worker.waitUntilReady()
  const queue = openHostQueue(host, redis)
  const nudged = await renudge({ projects: sites.keys(), store, queue, retry: config.retry })
  if (nudged.length > 0) log.info({ projects: nudged }, 'nudged what had no end')
  log.info({ projects: [...sites.keys()] }, 'ready')

  const signal = await stopRequested()
  log.info({ signal }, 'stopping')
  const giveUp = setTimeout(() => process.exit(0), config.worker.shutdown_timeout + lastGrace)
  await closeDeployQueue(worker, config.worker.shutdown_timeout)
  await queue.close()
  clearTimeout(giveUp)
  redis.disconnect()
  log.info('stopped')
}

function registryHosts(registries: Awaited<ReturnType<typeof requireConfig>>['registries']) {
  return Object.fromEntries(
    Object.entries(registries).map(([host, { insecure, token_services: tokenServices }]) => [
      host,
      { insecure, tokenServices },
    ]),
  )
}

function stopRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}

main(process.env).catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof SlipwayError ? `${error.code}: ${error.message}` : String(error)}\n`,
  )
  process.exit(error instanceof SlipwayError && isConfigurationError(error.code) ? configExitCode : 1)
})
