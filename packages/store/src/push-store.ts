import {
  type AcceptedWant,
  type Clock,
  type RetryPolicy,
  SlipwayError,
  type Trigger,
  type Wanted,
} from '@slipway/core'
import { acceptPart, createPartWriter, nextSeq, type Part, type Writing, type Written } from './accept.ts'
import type { RedisClient } from './connection.ts'
import { idOf } from './deployment-id.ts'
import { inOneWrite } from './in-one-write.ts'
import { inTime } from './in-time.ts'
import { createNudgeGuess } from './nudge-guess.ts'
import { createNudger } from './nudger.ts'
import { openRollout } from './rollout-store.ts'

/** A want that is in Redis now. */
export interface TakenPush extends AcceptedWant {
  /** Set when a call before this one brought it: nothing new comes of it. */
  readonly repeated?: true
}

/** What takes accepted pushes: the door of ingest and of `slipway deploy` to Redis. */
export interface PushStore {
  /**
   * Moves each want forward, then nudges its host. Wants of one project on several hosts become one rollout; rollbacks
   * go by themselves, with one seq. When this resolves, Redis holds all of it. A want whose delivery was taken before
   * changes nothing, whatever became of it; what of it did not get into Redis then is written now.
   * @throws SlipwayError REDIS_UNAVAILABLE when Redis did not take all of it in time; some of it may be there then,
   *   which does no harm: the sender's next try completes it, or is newer.
   */
  accept(wanted: readonly Wanted[], trigger: Trigger): Promise<TakenPush[]>
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
  const guess = createNudgeGuess()
  const writer = createPartWriter(redis, clock)
  let underWay = 0

  const nudge = ({ wanted: { host, project } }: Part) => nudger.nudge(host, project)

  /** One by itself goes out at once. */
  function write(part: Part, isFollowed: boolean): Writing {
    if (underWay > 1) return writer.write(part, isFollowed)
    if (isFollowed) inOneWrite(redis)
    return { written: acceptPart(redis, clock.now(), part), sent: Promise.resolve() }
  }

  async function writeThenNudge(part: Part): Promise<Written> {
    const written = await write(part, false).written
    guess.learn(part, written)
    if (written.needsNudge) await nudge(part)
    return written
  }

  // On one connection Redis does them in this order, and a nudge whose want did not get through finds nothing new to
  // do. A cluster's client may send the first once more, after the second.
  async function writeAndNudge(part: Part): Promise<Written> {
    if (redis.isCluster) return writeThenNudge(part)
    const { written: writing, sent } = write(part, true)
    const [written] = await Promise.all([writing, sent.then(() => nudge(part))])
    guess.learn(part, written)
    return written
  }

  async function acceptOne(part: Part): Promise<TakenPush> {
    const { fleet: _, delivery: __, ...wanted } = part.wanted
    const { seq, isNew } = await (guess.isNeeded(part) ? writeAndNudge(part) : writeThenNudge(part))
    const { rollout } = part
    return {
      ...wanted,
      seq,
      deployment: part.deployment,
      ...(rollout ? { rollout: { id: rollout.id, home: rollout.home } } : {}),
      ...(isNew ? {} : { repeated: true }),
    }
  }

  async function acceptProject(wanted: readonly Wanted[], trigger: Trigger): Promise<TakenPush[]> {
    const parts = wanted.map((want) => partOf(want, trigger))
    const [first] = wanted
    if (!first?.fleet) return Promise.all(parts.map(acceptOne))
    const { home, policy } = first.fleet
    // Each host goes back by itself: what is good on one need not be there on another.
    if (first.back) {
      const seq = await nextSeq(redis, clock.now(), { home, project: first.project })
      return Promise.all(parts.map((part) => acceptOne({ ...part, seq })))
    }
    const hosts = parts.map(({ wanted: { host }, deployment }) => ({ host, deployment }))
    const record = { id: idOf('r', first, home), home, policy, hosts, wanted: first, trigger }
    const rollout = await openRollout(redis, clock.now(), record)
    // A host that the project got after the first try is not part of that rollout.
    const its = parts.filter(({ deployment }) => rollout.hosts.some((one) => one.deployment === deployment))
    return Promise.all(its.map((part) => acceptOne({ ...part, rollout })))
  }

  async function acceptAll(wanted: readonly Wanted[], trigger: Trigger): Promise<TakenPush[]> {
    const [first] = wanted
    // What almost every call comes to, without the promises that keep several together.
    if (first && wanted.length === 1 && !first.fleet) return [await acceptOne(partOf(first, trigger))]
    return (await Promise.all(grouped(wanted).map((group) => acceptProject(group, trigger)))).flat()
  }

  return {
    async accept(wanted, trigger) {
      underWay += 1
      try {
        return await inTime(acceptAll(wanted, trigger), deadline)
      } catch (cause) {
        throw new SlipwayError('REDIS_UNAVAILABLE', 'Redis did not take the write in time.', {
          cause,
          retryAfterMs: 5_000,
        })
      } finally {
        underWay -= 1
      }
    },
    ready: () =>
      inTime(redis.ping(), deadline).then(
        () => true,
        () => false,
      ),
    async close() {
      await nudger.close()
      redis.disconnect()
    },
  }
}

function partOf(want: Wanted, trigger: Trigger): Part {
  return { wanted: want, deployment: idOf('d', want, want.host), trigger }
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
