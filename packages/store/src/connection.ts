import { isIP } from 'node:net'
import type { RedisNode } from '@slipway/core'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisSettings, RedisTls, SentinelSettings } from './redis-settings.ts'
import { scripts } from './scripts.ts'

/** What speaks to Redis, whatever its form. */
export type RedisClient = Redis | Cluster

/** How patient a connection is. Pauses and limits in milliseconds. */
interface Behaviour {
  readonly enableOfflineQueue: boolean
  /** How often a command of a cluster is sent again, to another node or after a pause. */
  readonly maxRedirections: number
  /** Before a command is sent again to the node that the cluster named. */
  readonly pauseOnMoved: number
  readonly each: Pick<
    RedisOptions,
    'maxRetriesPerRequest' | 'commandTimeout' | 'connectTimeout' | 'socketTimeout'
  >
}

const firstRetry = 50
const longestRetry = 2_000
const pauseInCluster = 100

const failingFast: Behaviour = {
  enableOfflineQueue: false,
  maxRedirections: 5,
  // A pause would let a later command of the same caller overtake this one.
  pauseOnMoved: 0,
  each: { maxRetriesPerRequest: 1, commandTimeout: 2_000, connectTimeout: 2_000, socketTimeout: 5_000 },
}

const waiting: Behaviour = {
  enableOfflineQueue: true,
  // A minute: longer than a cluster takes to put a replica in the place of a primary.
  maxRedirections: 600,
  pauseOnMoved: 20,
  // A server that vanished without a word is left in the end; longer than BullMQ ever waits for an answer.
  each: { maxRetriesPerRequest: null, connectTimeout: 5_000, socketTimeout: 20_000 },
}

/** For whoever answers a request: fails fast, so that the sender hears of it in time. */
export function connectFailingFast(settings: RedisSettings): RedisClient {
  return open(settings, failingFast)
}

/** For a worker: waits until Redis is back. In a cluster that is a minute for each command. */
export function connectWaiting(settings: RedisSettings): RedisClient {
  return open(settings, waiting)
}

function open(settings: RedisSettings, behaviour: Behaviour): RedisClient {
  const login = {
    ...behaviour.each,
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.tls ? { tls: settings.tls } : {}),
  }
  if ('cluster' in settings) return openCluster(settings.cluster.nodes, login, behaviour)
  const common = {
    ...login,
    enableOfflineQueue: behaviour.enableOfflineQueue,
    retryStrategy: pauseBefore,
    reconnectOnError: isDemoted,
    scripts,
  }
  if ('sentinel' in settings) return openBySentinels(settings.sentinel, common)
  const { url, tls } = settings
  if (url.startsWith('unix://')) return new Redis({ ...common, path: url.slice('unix://'.length) })
  if (url.startsWith('rediss://'))
    return new Redis(url, { ...common, tls: named(new URL(url).hostname, tls) })
  return new Redis(url, common)
}

type Login = Behaviour['each'] & Pick<RedisOptions, 'username' | 'password' | 'tls'>

function openBySentinels({ name, nodes, ...own }: SentinelSettings, common: Login): Redis {
  return new Redis({
    ...common,
    name,
    sentinels: [...nodes],
    ...(own.username === undefined ? {} : { sentinelUsername: own.username }),
    ...(own.password === undefined ? {} : { sentinelPassword: own.password }),
    ...(common.tls ? { enableTLSForSentinelMode: true } : {}),
    ...(own.tls ? { sentinelTLS: common.tls ?? {} } : {}),
    sentinelCommandTimeout: common.connectTimeout,
  })
}

function openCluster(nodes: readonly RedisNode[], login: Login, behaviour: Behaviour): Cluster {
  return new Cluster([...nodes], {
    enableOfflineQueue: behaviour.enableOfflineQueue,
    maxRedirections: behaviour.maxRedirections,
    retryDelayOnMoved: behaviour.pauseOnMoved,
    retryDelayOnFailover: pauseInCluster,
    retryDelayOnClusterDown: pauseInCluster,
    retryDelayOnTryAgain: pauseInCluster,
    clusterRetryStrategy: pauseBefore,
    // Certificates carry names: looked up first, a node would be held against its address.
    ...(login.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
    redisOptions: login,
    scripts,
  })
}

function pauseBefore(attempt: number): number {
  return Math.min(firstRetry * 2 ** Math.min(attempt, 10), longestRetry)
}

/** A primary that became a replica keeps its connections: only a new one finds the primary of now. */
function isDemoted({ message }: Error): boolean {
  return message.startsWith('READONLY')
}

// Node.js holds a certificate against the host by itself, but does not tell the server which host is meant.
function named(host: string, tls?: RedisTls): Partial<RedisTls> {
  const isName = isIP(host.replace(/^\[|\]$/g, '')) === 0
  return { ...tls, servername: tls?.servername ?? (isName ? host : undefined) }
}
