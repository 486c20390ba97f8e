import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A redis-server of the machine, reachable by a Unix socket: for tests that need no engine and end it as they like. */
export interface RedisServer {
  readonly url: string
  start(): Promise<void>
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Ends it and takes its files away. */
  stop(): Promise<void>
}

/** `settings` are further arguments, such as `--maxmemory-policy allkeys-lru`. It does not run yet. */
export async function createRedisServer(...settings: readonly string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-redis-'))
  const socket = join(folder, 'redis.sock')
  let child: ChildProcess | undefined

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  return {
    url: `unix://${socket}`,
    async start() {
      const own = [
        '--port',
        '0',
        '--unixsocket',
        socket,
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'yes',
      ]
      child = spawn('redis-server', [...own, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] })
      await saysReady(child)
    },
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function saysReady(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', reject)
  child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)))
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunk.includes('eady to accept connections')) resolve()
  })
  await promise
}
