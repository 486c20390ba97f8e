import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectWaiting, type RedisSettings } from '@slipway/store'

export interface TestRedis extends AsyncDisposable {
  /** `unix://…` */
  readonly url: string
  /** A connection that waits; it is closed with the server. */
  readonly connection: ReturnType<typeof connectWaiting>
}

/** A real redis-server of the machine on a Unix socket in a temporary folder. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-cli-'))
  const socket = join(folder, 'redis.sock')
  const child = spawn(
    'redis-server',
    [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: 'ignore' },
  )
  await once(child, 'spawn')
  const gone = once(child, 'exit')
  const settings: RedisSettings = { url: `unix://${socket}`, username: undefined, password: undefined }
  const connection = connectWaiting(settings)
  connection.on('error', () => {})
  await connection.ping()
  return {
    url: settings.url,
    connection,
    async [Symbol.asyncDispose]() {
      connection.disconnect()
      child.kill('SIGKILL')
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}
