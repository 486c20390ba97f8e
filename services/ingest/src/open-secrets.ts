import {
  type Environment,
  readHookSecrets,
  readRedisSecrets,
  readSecrets,
  readTogether,
} from '@slipway/config-file'
import { type Config, type RedisSecrets, SlipwayError } from '@slipway/core'
import { requireKeyFiles } from './key-files.ts'
import { isTokenHash, type TokenHash } from './ops/access.ts'

/** What the configuration only names, read from where it points. */
export interface IngestSecrets {
  /** By name of the hook. */
  readonly hooks: ReadonlyMap<string, readonly string[]>
  readonly redis: RedisSecrets
  readonly tokens: readonly TokenHash[]
}

/**
 * Reads every secret that ingest needs.
 * @throws SlipwayError SECRET_UNAVAILABLE, with a line for each thing that is wrong
 */
export async function openSecrets(config: Config, environment: Environment): Promise<IngestSecrets> {
  const [hooks, redis, tokens] = await readTogether([
    readHookSecrets(config.hooks, environment),
    readRedisSecrets(config, environment),
    openTokens(config, environment),
    requireKeyFiles(config.hooks),
  ])
  return { hooks, redis, tokens }
}

async function openTokens(config: Config, environment: Environment): Promise<TokenHash[]> {
  const { tokens } = config.ingest.ops
  const pathOf = (index: number) => `ingest.ops.tokens[${index}].hash`
  const hashes = await readSecrets(
    tokens.map(({ hash }, index) => ({ path: pathOf(index), ref: hash })),
    environment,
  )
  const wrong = hashes.flatMap((hash, index) => (isTokenHash(hash) ? [] : [pathOf(index)]))
  if (wrong.length > 0) {
    const lines = wrong.map((path) => `  ${path}: is not "sha256:" and 64 hexadecimal digits`)
    throw new SlipwayError('SECRET_UNAVAILABLE', `Hashes of tokens cannot be used:\n${lines.join('\n')}`)
  }
  return tokens.map(({ name, role }, index) => ({ name, role, hash: hashes[index] ?? '' }))
}
