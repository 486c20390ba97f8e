import { randomBytes } from 'node:crypto'
import {
  type AcceptedWant,
  type Clock,
  type RetryPolicy,
  SlipwayError,
  type Trigger,
  type Wanted,
} from '@slipway/core'
import { acceptPart, nextSeq, type Part } from './accept.ts'
import type { RedisClient } from './connection.ts'
import { inTime } from './in-time.ts'
import { createNudger } from './nudger.ts'
import { openRollout } from './rollout-store.ts'

/** What takes accepted pushes: the door of ingest and of `slipway deploy` to Redis. */
export interface PushStore {
  /**
   * Moves each want forward, then nudges its host. Wants of one project on several hosts become one rollout; rollbacks
   * go by themselves, with one seq. When this resolves, Redis holds all of it.
   * @throws SlipwayError REDIS_UNAVAILABLE when Redis did not take all of it in time; some of it may be there then,
   *   which does no harm: the sender's next try is newer.
   */
  accept(wanted: readonly Wanted[], trigger: Trigger): Promise<AcceptedWant[]>
  /** True when Redis answers in time. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

export interface PushStoreOptions {
  readonly redis: RedisClient
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
  const nudger = createNudger(redis, retry)

  async function acceptOne(part: Part): Promise<AcceptedWant> {
    const { fleet: _, ...wanted } = part.wanted
    const moving = acceptPart(redis, clock.now(), part)
    // On one connection Redis does them in this order, and waiting in between would cost a second round trip; a nudge
    // whose want did not get through finds nothing new to do. A cluster's client may send the first once more.
    if (redis.isCluster) await moving
    const [seq] = await Promise.all([moving, nudger.nudge(wanted.host, wanted.project)])
    const { rollout } = part
    return {
      ...wanted,
      seq,
      deployment: part.deployment,
      ...(rollout ? { rollout: { id: rollout.id, home: rollout.home } } : {}),
    }
  }

  async function acceptProject(wanted: readonly Wanted[], trigger: Trigger): Promise<AcceptedWant[]> {
    const parts = wanted.map((want): Part => ({ wanted: want, deployment: newId('d'), trigger }))
    const [first] = wanted
    if (!first?.fleet) return Promise.all(parts.map(acceptOne))
    const { home, policy } = first.fleet
    // Each host goes back by itself: what is good on one need not be there on another.
    if (first.back) {
      const seq = await nextSeq(redis, clock.now(), { home, project: first.project })
      return Promise.all(parts.map((part) => acceptOne({ ...part, seq })))
    }
    const hosts = parts.map(({ wanted: { host }, deployment }) => ({ host, deployment }))
    const record = { id: newId('r'), home, policy, hosts, wanted: first, trigger }
    const rollout = await openRollout(redis, clock.now(), record)
    return Promise.all(parts.map((part) => acceptOne({ ...part, rollout })))
  }

  return {
    async accept(wanted, trigger) {
      const accepted = Promise.all(grouped(wanted).map((group) => acceptProject(group, trigger)))
      return (await redisInTime(accepted, deadline)).flat()
    },
    ready: () =>
      redisInTime(redis.ping(), deadline).then(
        () => true,
        () => false,
      ),
    async close() {
      await nudger.close()
      redis.disconnect()
    },
  }
}

/** The hosts of a project that has several belong together; all else goes by itself. */
function grouped(wanted: readonly Wanted[]): Wanted[][] {
  const alone = wanted.filter(({ fleet }) => !fleet).map((want) => [want])
  const fleets = Map.groupBy(
    wanted.filter(({ fleet }) => fleet),
    ({ project }) => project,
  )
  return [...alone, ...fleets.values()]
}

/** Short enough to type, random enough never to meet another one. */
function newId(kind: 'd' | 'r'): string {
  return `${kind}${BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')}`
}

async function redisInTime<T>(work: Promise<T>, deadline: number): Promise<T> {
  try {
    return await inTime(work, deadline)
  } catch (cause) {
    throw new SlipwayError('REDIS_UNAVAILABLE', 'Redis did not take the write in time.', {
      cause,
      retryAfterMs: 5_000,
    })
  }
}
