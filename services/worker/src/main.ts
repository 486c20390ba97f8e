import { join } from 'node:path'
import {
  createSecretKeeper,
  passwordsOf,
  readRedisSecrets,
  readTogether,
  requireConfig,
} from '@slipway/config-file'
import { isConfigurationError, SlipwayError } from '@slipway/core'
import { connectWaiting, readServerFacts, redisSettings, requireKeeping } from '@slipway/store'
import Docker from 'dockerode'
import { pino } from 'pino'
import { abortable } from './abortable.ts'
import { systemTimer } from './adapters/system-timer.ts'
import { createFailpoint } from './failpoint.ts'
import { startHostWorker } from './host-worker.ts'
import { secretsOf } from './notices/http-url.ts'
import { readPings } from './notices/pings.ts'
import { readReceivers } from './notices/receivers.ts'
import { loadSites } from './sites.ts'

/** As sysexits.h has it: the configuration cannot be used. A supervisor need not try again. */
const configExitCode = 78
/** After the jobs were asked to stop: longer than this no safe point is away. */
const lastGrace = 10_000
/** Milliseconds that an engine may take to say its version at the start; without an answer the worker starts too. */
const enginePatience = 10_000

async function main(environment: NodeJS.ProcessEnv): Promise<void> {
  const host = environment.SLIPWAY_HOST ?? 'local'
  const config = await requireConfig(environment.SLIPWAY_CONFIG ?? '/etc/slipway/slipway.yaml')
  // Threads start in half the time with it. Below state_dir, where nobody else can put code.
  environment.NODE_COMPILE_CACHE ??= join(config.state_dir, 'cache')
  const failpoint = createFailpoint(environment.SLIPWAY_FAILPOINT)
  const secrets = createSecretKeeper(systemTimer)
  const [sites, redisSecrets, receivers, pings] = await readTogether([
    loadSites(config, host, environment, { failpoint, secrets }),
    readRedisSecrets(config, environment),
    readReceivers(config, environment),
    readPings(config, host, environment),
  ])
  const urls = [...receivers, ...pings].flatMap(secretsOf)
  for (const secret of [...passwordsOf(redisSecrets), ...urls]) secrets.keep(secret)
  const { redact } = secrets
  const log = pino({
    level: environment.LOG_LEVEL ?? 'info',
    base: { service: 'worker', host },
    // Puts the lines of several workers of a machine in order, whatever its clock does meanwhile.
    mixin: () => ({ monotonic: Number(process.hrtime.bigint() / 1_000n) }),
    hooks: { streamWrite: redact },
  })

  const redis = connectWaiting(redisSettings(config, redisSecrets))
  redis.on('error', (error) => log.error({ error: error.message }, 'redis error'))
  const facts = await readServerFacts(redis)
  requireKeeping(facts)
  if (!facts.appendOnly) log.warn('redis keeps no append-only file: accepted pushes can be lost when it dies')

  const docker = new Docker()
  await abortable(docker.version(), AbortSignal.timeout(enginePatience)).then(
    ({ Version: version, ApiVersion: api }) => log.info({ version, api }, 'engine'),
    (error: Error) => log.error({ error: error.message }, 'engine does not answer'),
  )

  const asked = stopRequested()
  const unsuitable = Promise.withResolvers<SlipwayError>()
  const onUnsuitable = unsuitable.resolve
  const worker = await startHostWorker({
    host,
    config,
    sites,
    redis,
    docker,
    receivers,
    pings,
    redact,
    log,
    failpoint,
    onUnsuitable,
  })
  log.info({ projects: [...sites.keys()] }, 'ready')

  const reason = await Promise.race([asked, unsuitable.promise])
  if (reason instanceof SlipwayError) log.fatal({ code: reason.code, error: reason.message }, 'cannot go on')
  else log.info({ signal: reason }, 'stopping')
  const giveUp = setTimeout(
    () => process.exit(exitCodeOf(reason)),
    config.worker.shutdown_timeout + lastGrace,
  )
  await worker.stop()
  clearTimeout(giveUp)
  redis.disconnect()
  log.info('stopped')
  // Not left to the last handle: a connection that was cut a moment ago keeps Node up for a minute.
  process.exit(exitCodeOf(reason))
}

function stopRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}

function exitCodeOf(reason: unknown): number {
  if (typeof reason === 'string') return 0
  return reason instanceof SlipwayError && isConfigurationError(reason.code) ? configExitCode : 1
}

main(process.env).catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof SlipwayError ? `${error.code}: ${error.message}` : String(error)}\n`,
  )
  process.exit(error instanceof SlipwayError ? exitCodeOf(error) : 1)
})
