import type { Freeze } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'

const everyProject = '*'

/** What holds deploys of a project back on a host the longest: its own freeze, or the one of the whole host. */
export async function readFreeze(redis: RedisClient, host: string, project: string): Promise<Freeze | null> {
  const found = await redis.hmget(keysOf(host).freezes, project, everyProject)
  const [own = null, all = null] = found.map((text) => parseJson<Freeze>(text ?? undefined))
  if (!own || !all) return own ?? all
  return endOf(own) < endOf(all) ? all : own
}

/** Every freeze of a host, expired ones too. */
export async function readFreezes(redis: RedisClient, host: string): Promise<Freeze[]> {
  const found = await redis.hgetall(keysOf(host).freezes)
  return Object.values(found).flatMap((text) => parseJson<Freeze>(text) ?? [])
}

export async function writeFreeze(redis: RedisClient, host: string, freeze: Freeze): Promise<void> {
  await redis.hset(keysOf(host).freezes, freeze.project ?? everyProject, JSON.stringify(freeze))
}

/** True when there was one. */
export async function removeFreeze(
  redis: RedisClient,
  host: string,
  project: string | null,
): Promise<boolean> {
  return (await redis.hdel(keysOf(host).freezes, project ?? everyProject)) > 0
}

function endOf({ until }: Freeze): number {
  return until ?? Number.POSITIVE_INFINITY
}
