import { poll } from '@slipway/lab'
import { Redis } from 'ioredis'
import { type DeploymentRecord, readRecord } from './deployments.ts'
import { isOutcome } from './outcomes.ts'

/** What Redis says about the deployments of several hosts, read past slipway's own code. */
export interface FaultRecords {
  readonly redis: Redis
  /** The name of a key of a host: `want:shop`, `deployment:<id>`, `log:<id>`, `ledger`. */
  key(host: string, rest: string): string
  /** Newest first. */
  list(project: string, host: string): Promise<DeploymentRecord[]>
  /** Whatever host it is of; undefined when there is none. */
  find(id: string): Promise<DeploymentRecord | undefined>
  /** Waits for its end; throws when it is another one than the one that is expected. */
  untilOutcome(id: string, expected?: string, timeoutMs?: number): Promise<DeploymentRecord>
  log(id: string): Promise<string>
  close(): void
}

const patience = 60_000
const quotedLines = 15

/** True when nothing happens to it any more. */
export function isEnded({ state }: DeploymentRecord): boolean {
  return isOutcome(state)
}

export function openFaultRecords(socket: string, hosts: readonly string[]): FaultRecords {
  const redis = new Redis({ path: socket, maxRetriesPerRequest: null })
  // It is killed and frozen on purpose.
  redis.on('error', () => {})
  const key = (host: string, rest: string) => `slipway:{${host}}:${rest}`

  async function find(id: string): Promise<DeploymentRecord | undefined> {
    for (const host of hosts) {
      const record = readRecord(await redis.hgetall(key(host, `deployment:${id}`)))
      if (record.id) return record
    }
    return undefined
  }

  async function log(id: string): Promise<string> {
    const logs = await Promise.all(hosts.map((host) => redis.lrange(key(host, `log:${id}`), 0, -1)))
    return logs.flat().join('\n')
  }

  return {
    redis,
    key,
    find,
    log,
    async list(project, host) {
      const ids = await redis.lrange(key(host, `history:${project}`), 0, -1)
      return Promise.all(
        ids.toReversed().map(async (id) => readRecord(await redis.hgetall(key(host, `deployment:${id}`)))),
      )
    },
    async untilOutcome(id, expected, timeoutMs = patience) {
      let last: DeploymentRecord | undefined
      const ended = await poll(
        async () => {
          last = await find(id)
          return last && isEnded(last) ? last : undefined
        },
        { what: `deployment ${id} to end`, timeoutMs },
      ).catch(async (cause: unknown) => {
        throw new Error(`${id} did not end: ${await story(last)}`, { cause })
      })
      if (expected && ended.state !== expected) {
        throw new Error(`${id} did not end as ${expected}: ${await story(ended)}`)
      }
      return ended
    },
    close: () => redis.disconnect(),
  }

  async function story(record: DeploymentRecord | undefined): Promise<string> {
    if (!record) return 'there is no record of it'
    const lines = (await log(record.id ?? '')).split('\n').slice(-quotedLines)
    return [`${record.state} ${record.errorCode ?? ''} ${record.why ?? ''}`, ...lines].join('\n')
  }
}
