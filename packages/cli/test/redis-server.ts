import { createRedisServer } from '@slipway/lab'
import { connectWaiting, type RedisSettings } from '@slipway/store'

export interface TestRedis extends AsyncDisposable {
  /** `unix://…` */
  readonly url: string
  /** A connection that waits; it is closed with the server. */
  readonly connection: ReturnType<typeof connectWaiting>
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
    async [Symbol.asyncDispose]() {
      connection.disconnect()
      await server.stop()
    },
  }
}
