import type { Config, RedisNode, RedisSecrets } from '@slipway/core'

/** Where Redis is, who we are there, and how it proves who it is. */
export type RedisSettings = RedisPlace & {
  readonly username: string | undefined
  readonly password: string | undefined
  /** Present: TLS is spoken, with a URL that begins with `rediss://` even without it. */
  readonly tls?: RedisTls | undefined
}

/** One server by its `redis://`, `rediss://` or `unix://`; the primary that sentinels tell of; or a cluster. */
export type RedisPlace =
  | { readonly url: string }
  | { readonly sentinel: SentinelSettings }
  | { readonly cluster: { readonly nodes: readonly RedisNode[] } }

export interface SentinelSettings {
  /** What the sentinels call the primary. */
  readonly name: string
  readonly nodes: readonly RedisNode[]
  readonly username: string | undefined
  readonly password: string | undefined
  /** Whether the sentinels themselves speak TLS. */
  readonly tls: boolean
}

/** PEM texts, and the name that certificates are held against. */
export interface RedisTls {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly servername: string | undefined
}

/** From the configuration; without `redis` it is the embedded one, by its Unix socket below `state_dir`. */
export function redisSettings(
  { redis, state_dir: stateDir }: Pick<Config, 'redis' | 'state_dir'>,
  secrets?: RedisSecrets,
): RedisSettings {
  const { ca, cert, key } = secrets?.tls ?? {}
  return {
    ...placeOf(redis, stateDir, secrets),
    username: redis?.username,
    password: secrets?.password,
    tls: redis?.tls && { ca, cert, key, servername: redis.tls.servername },
  }
}

/** Socket of the redis-server that `slipway redis` runs. */
export function embeddedSocket(stateDir: string): string {
  return `${stateDir}/redis/redis.sock`
}

/** Where Redis is, for people: no user, no password. */
export function describeRedis(settings: RedisPlace): string {
  if ('cluster' in settings) return `the cluster of ${listed(settings.cluster.nodes)}`
  if ('sentinel' in settings) {
    const { name, nodes } = settings.sentinel
    return `"${name}" of the sentinels ${listed(nodes)}`
  }
  return settings.url.replace(/^([a-z]+:\/\/)[^/]*@/, '$1')
}

function placeOf(redis: Config['redis'], stateDir: string, secrets?: RedisSecrets): RedisPlace {
  if (redis?.cluster) return { cluster: redis.cluster }
  if (redis?.sentinel) {
    const { name, nodes, username, tls = redis.tls !== undefined } = redis.sentinel
    return { sentinel: { name, nodes, username, password: secrets?.sentinelPassword, tls } }
  }
  return { url: redis?.url ?? `unix://${embeddedSocket(stateDir)}` }
}

function listed(nodes: readonly RedisNode[]): string {
  return nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ')
}
