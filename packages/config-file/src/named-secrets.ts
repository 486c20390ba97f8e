import { type Config, SlipwayError, shortestHookSecret } from '@slipway/core'
import { type Environment, readSecrets } from './read-secrets.ts'

/**
 * The password of Redis; undefined when the configuration names none.
 * @throws SlipwayError SECRET_UNAVAILABLE
 */
export async function readRedisPassword(
  { redis }: Pick<Config, 'redis'>,
  environment: Environment,
): Promise<string | undefined> {
  if (!redis?.password) return undefined
  const [password] = await readSecrets([{ path: 'redis.password', ref: redis.password }], environment)
  return password
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
    hook.secret.map((ref, at) => ({
      name,
      path: `hooks.${name}.secret[${at}]`,
      ref,
      shortest: shortestHookSecret,
    })),
  )
  const values = await readSecrets(named, environment)
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
