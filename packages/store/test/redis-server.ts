import { once } from 'node:events'
import { createRedisServer } from '@slipway/lab'
import { connectFailingFast, connectWaiting } from '../src/connection.ts'
import type { RedisSettings } from '../src/redis-settings.ts'

export interface TestRedis extends AsyncDisposable {
  /** `unix://…` */
  readonly url: string
  /** A connection that waits; it is closed with the server. */
  readonly connection: ReturnType<typeof connectWaiting>
  /** A connection that fails fast and is ready; whoever asks for it closes it. */
  connect(): Promise<ReturnType<typeof connectFailingFast>>
  /** Stops answering without going away, until it is thawed. */
  freeze(): void
  thaw(): void
}

/** A real redis-server of the machine on a Unix socket in a temporary folder. */
export async function startRedis(): Promise<TestRedis> {
  const server = await createRedisServer()
  await server.start()
  const settings: RedisSettings = { url: server.url, username: undefined, password: undefined }
  const connection = connectWaiting(settings)
  connection.on('error', () => {})
  await connection.ping()
  return {
    url: settings.url,
    connection,
    async connect() {
      const redis = connectFailingFast(settings)
      redis.on('error', () => {})
      await once(redis, 'ready')
      return redis
    },
    freeze: server.freeze,
    thaw: server.thaw,
    async [Symbol.asyncDispose]() {
      connection.disconnect()
      await server.stop()
    },
  }
}
