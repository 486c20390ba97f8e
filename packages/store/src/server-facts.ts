import { SlipwayError } from '@slipway/core'
import type { Redis } from 'ioredis'

/** What decides whether a Redis server keeps what it accepted. */
export interface ServerFacts {
  readonly version: string
  readonly evictionPolicy: string
  readonly appendOnly: boolean
}

/** Reads the facts by INFO, which users with few rights may call too. */
export async function readServerFacts(redis: Redis): Promise<ServerFacts> {
  const info = await redis.info()
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  return {
    version: fact('redis_version'),
    evictionPolicy: fact('maxmemory_policy'),
    appendOnly: fact('aof_enabled') === '1',
  }
}

/**
 * Refuses a server that may throw accepted pushes away by itself.
 * @throws SlipwayError REDIS_UNSUITABLE
 */
export function requireKeeping(facts: ServerFacts): void {
  if (facts.evictionPolicy === 'noeviction') return
  throw new SlipwayError(
    'REDIS_UNSUITABLE',
    `Redis evicts keys by the policy "${facts.evictionPolicy}"; set maxmemory-policy to noeviction.`,
  )
}
