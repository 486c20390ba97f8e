import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from './environment.ts'
import { type LabProcess, startProcess } from './process.ts'

export interface RedisServerOptions {
  /** Further arguments, such as `--maxmemory-policy allkeys-lru`. */
  readonly settings?: readonly string[]
  /** Also listens on this port of 127.0.0.1. Default: on the socket alone. */
  readonly port?: number
  /** Holds its data and its socket. Default: a new one below the system's folder for temporary files. */
  readonly folder?: string
}

/** A redis-server of the machine, reachable by a Unix socket: for tests that need no engine and end it as they like. */
export interface RedisServer {
  /** `unix://…` */
  readonly url: string
  readonly socket: string
  /** Holds its data. */
  readonly folder: string
  start(): Promise<void>
  kill(): Promise<void>
  /** Ends it without a warning and starts it again with what it had on the disk. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
  /** Takes its data away; it must not run. */
  empty(): Promise<void>
  /** Ends it and takes its files away. */
  stop(): Promise<void>
}

/** `settings` are further arguments, such as `--maxmemory-policy allkeys-lru`. It does not run yet. */
export function createRedisServer(...settings: readonly string[]): Promise<RedisServer> {
  return openRedisServer({ settings })
}

/** The same where more has to be said. It does not run yet. */
export async function openRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { settings = [], port = 0 } = options
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'slipway-redis-')))
  await mkdir(folder, { recursive: true })
  const socket = join(folder, 'redis.sock')
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--unixsocket', socket, '--dir', folder]
  let running: LabProcess | undefined

  async function start(): Promise<void> {
    running = await startProcess({
      name: 'redis-server',
      program: 'redis-server',
      args: [...own, '--save', '', '--appendonly', 'yes', ...settings],
      env: childEnvironment(),
      isReady: (line) => line.includes('eady to accept connections'),
    })
  }

  async function kill(): Promise<void> {
    const ending = running
    running = undefined
    ending?.kill('SIGKILL')
    await ending?.exited
  }

  return {
    url: `unix://${socket}`,
    socket,
    folder,
    start,
    kill,
    async restart() {
      await kill()
      await start()
    },
    freeze: () => running?.kill('SIGSTOP'),
    thaw: () => running?.kill('SIGCONT'),
    async empty() {
      if (running) throw new Error('a Redis that runs would write its data again')
      // The folder itself may be a mount.
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
