import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectFailingFast, connectWaiting, type RedisSettings } from '../src/connection.ts'

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
  const folder = await mkdtemp(join(tmpdir(), 'slipway-store-'))
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
    async connect() {
      const redis = connectFailingFast(settings)
      redis.on('error', () => {})
      await once(redis, 'ready')
      return redis
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      connection.disconnect()
      child.kill('SIGKILL')
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}
