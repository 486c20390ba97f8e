import type { Redis } from 'ioredis'

/** What was seen of a queue while it was watched. */
export interface QueueReport {
  readonly looks: number
  /** The most jobs at one moment. */
  readonly active: number
  /** Those that wait for a worker and those that wait for their time. */
  readonly waiting: number
}

/** The ids of the jobs of a queue, straight from its keys. */
export interface QueueState {
  readonly active: readonly string[]
  readonly wait: readonly string[]
  readonly delayed: readonly string[]
  readonly failed: readonly string[]
}

/** `queue` is the prefix of its keys: `slipway:{local}:deploy-local`. */
export async function queueState(redis: Redis, queue: string): Promise<QueueState> {
  const results = await redis
    .multi()
    .lrange(`${queue}:active`, '0', '-1')
    .lrange(`${queue}:wait`, '0', '-1')
    .zrange(`${queue}:delayed`, '0', '-1')
    .zrange(`${queue}:failed`, '0', '-1')
    .exec()
  const [active, wait, delayed, failed] = (results ?? []).map(([, ids]) => ids as string[])
  return { active: active ?? [], wait: wait ?? [], delayed: delayed ?? [], failed: failed ?? [] }
}

/** Looks at a queue again and again, each time at one moment. */
export function watchQueue(redis: Redis, queue: string): { stop(): Promise<QueueReport> } {
  // Its own connection: nobody else's commands stand between two looks.
  const own = redis.duplicate()
  own.on('error', () => {})
  let isStopped = false
  const seen = { looks: 0, active: 0, waiting: 0 }

  async function look(): Promise<void> {
    while (!isStopped) {
      const { active, wait, delayed } = await queueState(own, queue)
      seen.looks += 1
      seen.active = Math.max(seen.active, active.length)
      seen.waiting = Math.max(seen.waiting, wait.length + delayed.length)
    }
  }
  const looking = look()
  return {
    async stop() {
      isStopped = true
      await looking
      own.disconnect()
      return seen
    },
  }
}
