import { poll } from '@slipway/lab'
import { Redis } from 'ioredis'
import { isOutcome } from './outcomes.ts'

/** A deployment's record as it stands in Redis. */
export type DeploymentRecord = Readonly<Record<string, string>>

/** What was accepted stands in one field of the hash, as JSON; here each part of it is a field like the others. */
export function readRecord({
  accepted = '{}',
  ...fields
}: Readonly<Record<string, string>>): DeploymentRecord {
  const parts: Readonly<Record<string, unknown>> = JSON.parse(accepted)
  return {
    ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, textOf(value)])),
    ...fields,
  }
}

function textOf(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What Redis says about deployments, read past slipway's own code. */
export interface Deployments {
  /** Newest first. */
  list(project: string): Promise<DeploymentRecord[]>
  /** Waits until there are this many and the newest of them has ended; gives that one. */
  ended(project: string, count: number): Promise<DeploymentRecord>
  /** Waits until there are this many; gives the newest. */
  accepted(project: string, count: number): Promise<DeploymentRecord>
  log(id: string): Promise<string>
  /** Every key and value, for looking for what must not be there. */
  dump(): Promise<string>
  /** How many keys there are. */
  size(): Promise<number>
  close(): Promise<void>
}

const patience = 90_000

export function openDeployments(url: string, host: string): Deployments {
  const redis = new Redis(url, { maxRetriesPerRequest: null })
  const prefix = `slipway:{${host}}`

  async function list(project: string): Promise<DeploymentRecord[]> {
    const ids = await redis.lrange(`${prefix}:history:${project}`, 0, -1)
    return Promise.all(
      ids.toReversed().map(async (id) => readRecord(await redis.hgetall(`${prefix}:deployment:${id}`))),
    )
  }

  return {
    list,
    ended: (project, count) =>
      poll(
        async () => {
          const all = await list(project)
          const newest = all[0]
          return all.length >= count && newest && isOutcome(newest.state) ? newest : undefined
        },
        { what: `deployment ${count} of ${project} to end`, timeoutMs: patience },
      ),
    accepted: (project, count) =>
      poll(
        async () => {
          const all = await list(project)
          return all.length >= count ? all[0] : undefined
        },
        { what: `deployment ${count} of ${project}`, timeoutMs: patience },
      ),
    log: async (id) => (await redis.lrange(`${prefix}:log:${id}`, 0, -1)).join('\n'),
    size: () => redis.dbsize(),
    async dump() {
      const keys = await redis.keys('*')
      const values = await Promise.all(keys.map(async (key) => `${key} ${await contentOf(redis, key)}`))
      return values.join('\n')
    },
    close: async () => redis.disconnect(),
  }
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'list') return JSON.stringify(await redis.lrange(key, 0, -1))
  if (type === 'zset') return JSON.stringify(await redis.zrevrange(key, 0, -1))
  if (type === 'set') return JSON.stringify(await redis.smembers(key))
  if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'))
  return (await redis.get(key)) ?? ''
}
