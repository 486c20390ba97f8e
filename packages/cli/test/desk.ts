import { createRunStore, type RunStore } from '@slipway/store'
import { startRedis, type TestRedis } from './redis-server.ts'
import { type EndedHere, runHere } from './run-here.ts'
import { type ConfigFile, siteConfig, writeConfig } from './site-config.ts'

/** An operator's desk: a configuration, its Redis, and the command that uses both. */
export interface Desk extends AsyncDisposable {
  readonly redis: TestRedis
  readonly config: ConfigFile
  /** Milliseconds since 1970; the clock of the command stands still until it is moved. */
  now: number
  slipway(...args: string[]): Promise<EndedHere>
  /** What the worker of a host would write. */
  storeOf(host: string): RunStore
  /** Queues a deploy; the ids of its deployments. */
  deploy(...args: string[]): Promise<string[]>
  /** Jobs that wait for the worker of a host. */
  nudges(host: string): Promise<number>
  dropNudges(host: string): Promise<void>
}

export async function openDesk(): Promise<Desk> {
  const redis = await startRedis()
  const config = await writeConfig(siteConfig(redis.url))
  const slipway: Desk['slipway'] = (...args) => runHere([...args, '--config', config.path], () => desk.now)
  const desk: Desk = {
    redis,
    config,
    now: Date.UTC(2026, 10, 24, 21),
    slipway,
    storeOf: (host) => createRunStore(redis.connection, host, { now: () => desk.now }),
    async deploy(...args) {
      const { stdout } = await slipway('deploy', ...args)
      return stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0] ?? '')
    },
    nudges: (host) => redis.connection.llen(`slipway:{${host}}:deploy-${host}:wait`),
    async dropNudges(host) {
      const keys = await redis.connection.keys(`slipway:{${host}}:deploy-${host}:*`)
      if (keys.length > 0) await redis.connection.del(...keys)
    },
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]()
      await config[Symbol.asyncDispose]()
    },
  }
  return desk
}
