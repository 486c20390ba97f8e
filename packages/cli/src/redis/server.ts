import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SlipwayError } from '@slipway/core'
import { exitCodeOfChild } from '../exit-code-of-child.ts'

export interface RedisServer {
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number>
  stop(): void
}

/**
 * Starts redis-server; what would end us ends it, and we end after it.
 * @throws SlipwayError REDIS_UNAVAILABLE when it is not installed
 */
export async function startRedisServer(conf: string): Promise<RedisServer> {
  // Its log goes to standard error: standard output is for the one line of JSON.
  const child = spawn('redis-server', [conf], { stdio: ['ignore', 2, 2] })
  const ended = exitCodeOfChild(child)
  ended.catch(() => {})
  const stop = () => void child.kill('SIGTERM')
  // Ctrl-C reaches the server too; a second SIGINT would make it drop everything, a SIGTERM does not.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  process.once('exit', stop)
  await started(child)
  return { ended, stop }
}

async function started(child: ReturnType<typeof spawn>): Promise<void> {
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new SlipwayError(
      'REDIS_UNAVAILABLE',
      'redis-server cannot be started: install it (Debian: apt-get install redis-server), or name a Redis in `redis.url`.',
      { cause },
    )
  }
}
