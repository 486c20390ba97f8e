import { SlipwayError } from '@slipway/core'
import type { Redis } from 'ioredis'
import type { RedisClient } from './connection.ts'

const keeping = 'noeviction'

/** What decides whether a Redis server keeps what it accepted. */
export interface ServerFacts {
  /** Which server says so: `host:port`, or the path of its socket. */
  readonly node: string
  readonly version: string
  readonly evictionPolicy: string
  readonly appendOnly: boolean
}

/**
 * Reads the facts by INFO, which users with few rights may call too. Of a cluster all primaries are asked, and what
 * the worst of them says is what counts: each of them holds some of the hosts.
 */
export async function readServerFacts(redis: RedisClient): Promise<ServerFacts> {
  const [first, ...others] = await Promise.all((await primariesOf(redis)).map(readFacts))
  if (!first) throw new SlipwayError('REDIS_UNAVAILABLE', 'The cluster of Redis has no primary.')
  return others.reduce((worst, facts) => (badness(facts) > badness(worst) ? facts : worst), first)
}

/**
 * Refuses a server that may throw accepted pushes away by itself.
 * @throws SlipwayError REDIS_UNSUITABLE
 */
export function requireKeeping({ evictionPolicy, node }: ServerFacts): void {
  if (evictionPolicy === keeping) return
  throw new SlipwayError(
    'REDIS_UNSUITABLE',
    `Redis at ${node} evicts keys by the policy "${evictionPolicy}"; set maxmemory-policy to noeviction.`,
  )
}

async function primariesOf(redis: RedisClient): Promise<Redis[]> {
  if (!isCluster(redis)) return [redis]
  // Only when it has answered does the client know its nodes.
  await redis.ping()
  return redis.nodes('master')
}

function isCluster(redis: RedisClient): redis is Exclude<RedisClient, Redis> {
  return redis.isCluster
}

async function readFacts(redis: Redis): Promise<ServerFacts> {
  const info = await redis.info()
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  return {
    node: nodeOf(redis),
    version: fact('redis_version'),
    evictionPolicy: fact('maxmemory_policy'),
    appendOnly: fact('aof_enabled') === '1',
  }
}

function nodeOf({ options, stream }: Redis): string {
  if (options.path) return options.path
  // Behind sentinels the options name no server.
  const { remoteAddress, remotePort } = stream
  return options.sentinels ? `${remoteAddress}:${remotePort}` : `${options.host}:${options.port}`
}

function badness({ evictionPolicy, appendOnly }: ServerFacts): number {
  if (evictionPolicy !== keeping) return 2
  return appendOnly ? 0 : 1
}
