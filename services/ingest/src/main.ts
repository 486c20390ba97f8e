import { passwordsOf, requireConfig } from '@slipway/config-file'
import { isConfigurationError, SlipwayError } from '@slipway/core'
import type { Logger } from 'pino'
import { createLogger, isLogLevel } from './logger.ts'
import { type IngestSecrets, openSecrets } from './open-secrets.ts'
import { type Ingest, serve } from './serve.ts'

const defaultConfig = '/etc/slipway/slipway.yaml'
/** EX_CONFIG of sysexits.h: starting again would change nothing. */
const misconfigured = 78
const longestClose = 9_000

async function main(): Promise<number> {
  const { config, secrets, level } = await read()
  const log = createLogger(level, secretValues(secrets))
  try {
    const ingest = await serve({ config, secrets, log, clock: Date })
    log.info({ public: ingest.public, ops: ingest.ops }, 'ready')
    return await run(ingest, log)
  } catch (error) {
    log.fatal({ err: error }, 'ingest cannot run')
    return exitCodeOf(error)
  }
}

async function read() {
  const level = process.env.LOG_LEVEL || 'info'
  if (!isLogLevel(level)) throw new SlipwayError('CONFIG_INVALID', `LOG_LEVEL: there is no level "${level}"`)
  const config = await requireConfig(process.env.SLIPWAY_CONFIG || defaultConfig)
  return { config, secrets: await openSecrets(config, process.env), level }
}

async function run(ingest: Ingest, log: Logger): Promise<number> {
  const asked = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, asked.resolve)
  const reason = await Promise.race([asked.promise, ingest.unsuitable])
  if (reason instanceof SlipwayError) log.fatal({ err: reason }, 'ingest cannot run')
  else log.info({ signal: reason }, 'stopping')

  // What is accepted is in Redis, so cutting off a caller who does not come to an end loses nothing.
  const late = setTimeout(() => process.exit(exitCodeOf(reason)), longestClose)
  await ingest.close()
  clearTimeout(late)
  return exitCodeOf(reason)
}

function exitCodeOf(reason: unknown): number {
  if (typeof reason === 'string') return 0
  return reason instanceof SlipwayError && isConfigurationError(reason.code) ? misconfigured : 1
}

function secretValues({ hooks, redis, tokens }: IngestSecrets): string[] {
  return [...[...hooks.values()].flat(), ...passwordsOf(redis), ...tokens.map(({ hash }) => hash)]
}

try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(`${error instanceof SlipwayError ? error.message : String(error)}\n`)
  process.exit(exitCodeOf(error))
}
