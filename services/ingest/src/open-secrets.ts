import { type Environment, readSecrets, type SecretRequest } from '@slipway/config-file'
import { type Config, SlipwayError, shortestHookSecret } from '@slipway/core'
import { isTokenHash, type TokenHash } from './ops/access.ts'

/** What the configuration only names, read from where it points. */
export interface IngestSecrets {
  /** By name of the hook. */
  readonly hooks: ReadonlyMap<string, readonly string[]>
  readonly redisPassword: string | undefined
  readonly tokens: readonly TokenHash[]
}

type Hooks = Config['hooks']

/**
 * Reads every secret that ingest needs.
 * @throws SlipwayError SECRET_UNAVAILABLE, with a line for each thing that is wrong
 */
export async function openSecrets(config: Config, environment: Environment): Promise<IngestSecrets> {
  const [hooks, redis, tokens] = await Promise.allSettled([
    openHookSecrets(config.hooks, environment),
    readSecrets(redisRequest(config), environment),
    openTokens(config, environment),
  ])
  if (hooks.status === 'rejected' || redis.status === 'rejected' || tokens.status === 'rejected') {
    throw joined([hooks, redis, tokens].flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])))
  }
  return { hooks: hooks.value, redisPassword: redis.value[0], tokens: tokens.value }
}

/**
 * The secrets of some hooks, by name.
 * @throws SlipwayError SECRET_UNAVAILABLE
 */
export async function openHookSecrets(
  hooks: Hooks,
  environment: Environment,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = Object.entries(hooks).flatMap(([name, hook]) =>
    hook.secret.map((ref, index) => ({
      name,
      request: { path: `hooks.${name}.secret[${index}]`, ref, shortest: shortestHookSecret },
    })),
  )
  const values = await readSecrets(
    named.map(({ request }) => request),
    environment,
  )
  const byName = Map.groupBy(
    named.map(({ name }, index) => ({ name, value: values[index] ?? '' })),
    ({ name }) => name,
  )
  return new Map([...byName].map(([name, list]) => [name, list.map(({ value }) => value)]))
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

function redisRequest(config: Config): SecretRequest[] {
  return config.redis?.password ? [{ path: 'redis.password', ref: config.redis.password }] : []
}

// What is not one of ours is a mistake of the program and passes through as it is.
function joined(reasons: readonly unknown[]): unknown {
  const [first] = reasons
  if (!(first instanceof SlipwayError) || reasons.length === 1) return first
  const messages = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)))
  return new SlipwayError(first.code, messages.join('\n'))
}
