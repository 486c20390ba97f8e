import { randomBytes } from 'node:crypto'
import {
  type AcceptedWant,
  type Clock,
  deployQueueName,
  keyPrefix,
  nudgeName,
  nudgeOptions,
  type RetryPolicy,
  SlipwayError,
  type Trigger,
  type Wanted,
} from '@slipway/core'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** What takes accepted pushes: the door of ingest and of `slipway deploy` to Redis. */
export interface PushStore {
  /**
   * Moves each want forward, then nudges its host. When this resolves, Redis holds both.
   * @throws SlipwayError REDIS_UNAVAILABLE when Redis did not take all of it in time; some of it may be there then,
   *   which does no harm: the sender's next try is newer.
   */
  accept(wanted: readonly Wanted[], trigger: Trigger): Promise<AcceptedWant[]>
  /** True when Redis answers in time. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

export interface PushStoreOptions {
  readonly redis: Redis
  readonly retry: RetryPolicy
  readonly clock: Clock
  /** Milliseconds that one `accept` or `ready` may take. Default 2500, so that an answer leaves within three seconds. */
  readonly deadline?: number
}

const defaultDeadline = 2_500

/** A PushStore over a connection that fails fast. Closing it closes the connection. */
export function createPushStore({
  redis,
  retry,
  clock,
  deadline = defaultDeadline,
}: PushStoreOptions): PushStore {
  const queues = new Map<string, Queue>()

  function queueOf(host: string): Queue {
    const known = queues.get(host)
    if (known) return known
    const queue = new Queue(deployQueueName(host), {
      connection: redis,
      prefix: keyPrefix(host),
      skipWaitingForReady: true,
    })
    // Without a listener an error event would end the process; whoever calls hears of it by the call.
    queue.on('error', () => {})
    queues.set(host, queue)
    return queue
  }

  async function acceptOne(wanted: Wanted, trigger: Trigger): Promise<AcceptedWant> {
    const deployment = newDeploymentId()
    // On one connection, so Redis does them in this order; waiting in between would cost a second round trip. A nudge
    // whose want did not get through finds nothing new to do.
    const moving = moveForward(redis, clock, wanted, deployment, trigger)
    const [seq] = await Promise.all([moving, nudge(wanted)])
    return { ...wanted, seq, deployment }
  }

  async function nudge({ host, project }: Wanted): Promise<void> {
    const queue = queueOf(host)
    try {
      await queue.add(nudgeName, { project }, nudgeOptions(project, retry))
    } catch (error) {
      // A Queue that was made while Redis was away keeps failing when it is back.
      queues.delete(host)
      queue.close().catch(() => {})
      throw error
    }
  }

  return {
    accept: (wanted, trigger) =>
      inTime(Promise.all(wanted.map((want) => acceptOne(want, trigger))), deadline),
    ready: () =>
      inTime(redis.ping(), deadline).then(
        () => true,
        () => false,
      ),
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      redis.disconnect()
    },
  }
}

async function moveForward(
  redis: Redis,
  clock: Clock,
  { project, host, image, tag, digest, force }: Wanted,
  deployment: string,
  trigger: Trigger,
): Promise<number> {
  const keys = keysOf(host)
  const now = clock.now()
  const seq = await redis.slipwayAccept(
    keys.want(project),
    keys.ledger,
    keys.deployments(project),
    keys.deployment(deployment),
    now * 1_000,
    now,
    deployment,
    project,
    host,
    image,
    tag ?? '',
    digest ?? '',
    JSON.stringify(trigger),
    keys.deployment(''),
    limits.ledgerEntries,
    limits.deploymentsPerProject,
    limits.endedSeconds,
    force ? '1' : '',
  )
  return Number(seq)
}

/** Short enough to type, random enough never to meet another one. */
function newDeploymentId(): string {
  return `d${BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')}`
}

async function inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadline} ms`)), deadline)
  })
  try {
    return await Promise.race([work, late])
  } catch (cause) {
    throw new SlipwayError('REDIS_UNAVAILABLE', 'Redis did not take the write in time.', {
      cause,
      retryAfterMs: 5_000,
    })
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}
