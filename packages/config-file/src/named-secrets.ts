import {
  authOf,
  type Config,
  type RedisSecrets,
  refuseStandardKey,
  type SecretRef,
  SlipwayError,
  shortestHookSecret,
} from '@slipway/core'
import { type Environment, readSecrets, type SecretRequest } from './read-secrets.ts'
import { requireUsableTls } from './tls-files.ts'

/**
 * What the `redis` section names: passwords, and the files for TLS as texts.
 * @throws SlipwayError SECRET_UNAVAILABLE
 */
export async function readRedisSecrets(
  { redis }: Pick<Config, 'redis'>,
  environment: Environment,
): Promise<RedisSecrets> {
  const files = { ca: redis?.tls?.ca, cert: redis?.tls?.cert, key: redis?.tls?.key }
  const requests = [
    ...asked('redis.password', redis?.password),
    ...asked('redis.sentinel.password', redis?.sentinel?.password),
    ...Object.entries(files).flatMap(([name, file]) =>
      asked(`redis.tls.${name}`, file === undefined ? undefined : { file }),
    ),
  ]
  const values = await readSecrets(requests, environment)
  const found = new Map(requests.map(({ path }, at) => [path, values[at]]))
  const tls = redis?.tls && {
    ca: found.get('redis.tls.ca'),
    cert: found.get('redis.tls.cert'),
    key: found.get('redis.tls.key'),
  }
  if (tls) requireUsableTls(tls)
  return {
    password: found.get('redis.password'),
    sentinelPassword: found.get('redis.sentinel.password'),
    tls,
  }
}

/** The passwords among them, for the redactor. */
export function passwordsOf({ password, sentinelPassword }: RedisSecrets): string[] {
  return [password, sentinelPassword].filter((value) => value !== undefined)
}

/**
 * The secrets of some hooks, by name of the hook, in the order of the configuration.
 * @throws SlipwayError SECRET_UNAVAILABLE
 */
export async function readHookSecrets(
  hooks: Config['hooks'],
  environment: Environment,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = Object.entries(hooks).flatMap(([name, hook]) =>
    (hook.secret ?? []).map((ref, at) => ({
      name,
      path: `hooks.${name}.secret[${at}]`,
      ref,
      shortest: shortestHookSecret,
      isStandardKey: authOf(hook).type === 'standard-webhooks',
    })),
  )
  const values = await readSecrets(named, environment)
  requireUsable(
    named.flatMap(({ path, ref, isStandardKey }, at) => {
      const why = isStandardKey ? refuseStandardKey(values[at] ?? '') : null
      return why ? [`  ${path}: ${placeOf(ref)} ${why}`] : []
    }),
  )
  const byName = Map.groupBy(values.keys(), (at) => named[at]?.name ?? '')
  return new Map([...byName].map(([name, places]) => [name, places.map((at) => values[at] ?? '')]))
}

/**
 * Waits for several readings of secrets, so that everything that is wrong is named at once.
 * @throws SlipwayError of the first, with the lines of all of them; what is not ours passes through as it is
 */
export async function readTogether<T extends readonly unknown[]>(
  readings: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(readings)
  const reasons: unknown[] = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const [first] = reasons
  if (reasons.length === 0) return (await Promise.all(readings)) as unknown as T
  if (!(first instanceof SlipwayError) || reasons.length === 1) throw first
  const messages = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)))
  throw new SlipwayError(first.code, messages.join('\n'))
}

function requireUsable(complaints: readonly string[]): void {
  if (complaints.length === 0) return
  throw new SlipwayError('SECRET_UNAVAILABLE', `Secrets cannot be used:\n${complaints.join('\n')}`)
}

function placeOf(ref: SecretRef): string {
  return 'env' in ref ? `the environment variable ${ref.env}` : `the file ${ref.file}`
}

function asked(path: string, ref: SecretRef | undefined): SecretRequest[] {
  return ref ? [{ path, ref }] : []
}
