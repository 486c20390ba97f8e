import type { PollRecord } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** What the workers of one host remember of asking registries. */
export interface PollStore {
  /** By project; what was never asked is missing. */
  records(projects: readonly string[]): Promise<ReadonlyMap<string, PollRecord>>
  save(project: string, record: PollRecord): Promise<void>
  /** Marks of the tags that the last poll of a rule saw, in one text; null when none is remembered. */
  seen(project: string, rule: string): Promise<string | null>
  saveSeen(project: string, rule: string, marks: string): Promise<void>
  /** By registry, until when (milliseconds since 1970) it asked not to be asked. */
  pauses(registries: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** The pause is forgotten when it is over. */
  pause(registry: string, until: number, now: number): Promise<void>
  /** Forgets every project but these. */
  keepOnly(projects: readonly string[]): Promise<void>
}

export function createPollStore(redis: RedisClient, host: string): PollStore {
  const keys = keysOf(host)
  return {
    async records(projects) {
      if (projects.length === 0) return new Map()
      const found = await redis.hmget(keys.polls, ...projects)
      return new Map(
        projects.flatMap((project, at) => {
          const record = parseJson<PollRecord>(found[at] ?? undefined)
          return record ? [[project, record] as const] : []
        }),
      )
    },
    async save(project, record) {
      await redis.hset(keys.polls, project, JSON.stringify(record))
    },
    seen: (project, rule) => redis.hget(keys.polledTags(project), rule),
    async saveSeen(project, rule, marks) {
      const key = keys.polledTags(project)
      await redis.multi().hset(key, rule, marks).expire(key, limits.polledTagsSeconds).exec()
    },
    async pauses(registries) {
      if (registries.length === 0) return new Map()
      const found = await redis.mget(registries.map(keys.pollPause))
      return new Map(registries.map((registry, at) => [registry, Number(found[at] ?? 0)]))
    },
    async pause(registry, until, now) {
      if (until > now) await redis.set(keys.pollPause(registry), until, 'PX', Math.ceil(until - now))
    },
    async keepOnly(projects) {
      const kept = new Set(projects)
      const gone = (await redis.hkeys(keys.polls)).filter((project) => !kept.has(project))
      if (gone.length === 0) return
      await redis
        .multi()
        .hdel(keys.polls, ...gone)
        .unlink(...gone.map(keys.polledTags))
        .exec()
    },
  }
}

/** What the home of a project, whose worker polls it, remembers of it; null when it was never asked. */
export async function pollRecord(
  redis: RedisClient,
  name: string,
  { hosts: [home = ''] }: { readonly hosts: readonly string[] },
): Promise<PollRecord | null> {
  return (await createPollStore(redis, home).records([name])).get(name) ?? null
}
