import type { Clock, RolloutRef, Trigger, Wanted } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { writeAccepted } from './deployment-record.ts'
import { inOneWrite } from './in-one-write.ts'
import { keysOf } from './keys.ts'
import { nudgeKeysOf } from './waiting-nudge.ts'

/** One host's part of an accepted push. */
export interface Part {
  readonly wanted: Wanted
  readonly deployment: string
  readonly trigger: Trigger
  /** The rollout that the part belongs to, with the seq that all of its parts have. */
  readonly rollout?: RolloutRef & { readonly seq: number }
  /** Of a part that is in no rollout, when its seq was given already. */
  readonly seq?: number
}

/** What writing a part came to. */
export interface Written {
  readonly seq: number
  /** False when it was there already. */
  readonly isNew: boolean
  /** False when the host will look at the project anyhow, or has nothing to look at. */
  readonly needsNudge: boolean
}

/** Writes one part; what is written already stays. */
export async function acceptPart(redis: RedisClient, now: number, part: Part): Promise<Written> {
  const [reply] = await send(redis, now, part.wanted.host, [part])
  return readReply(reply)
}

/** A part that was handed over for writing. */
export interface Writing {
  /** Resolves once its command is given to the client: what is sent afterwards comes to Redis later. */
  readonly sent: Promise<void>
  readonly written: Promise<Written>
}

/** Writes parts, those that come in one turn of the event loop for the same host by one command. */
export interface PartWriter {
  /** @param isFollowed when something is sent right behind it, which then goes out in the same write */
  write(part: Part, isFollowed: boolean): Writing
}

interface Waiting {
  readonly part: Part
  readonly written: PromiseWithResolvers<Written>
}

/** The parts of one host that wait for the end of the turn. */
interface Turn {
  readonly waiting: Waiting[]
  readonly sent: PromiseWithResolvers<void>
  isFollowed: boolean
}

/** Parts in one command: Redis does nothing else meanwhile. */
const mostAtOnce = 50

export function createPartWriter(redis: RedisClient, clock: Clock): PartWriter {
  const turns = new Map<string, Turn>()

  function flush(host: string, { waiting, sent, isFollowed }: Turn): void {
    turns.delete(host)
    if (isFollowed) inOneWrite(redis)
    for (let at = 0; at < waiting.length; at += mostAtOnce)
      void settle(host, waiting.slice(at, at + mostAtOnce))
    sent.resolve()
  }

  async function settle(host: string, waiting: readonly Waiting[]): Promise<void> {
    try {
      const parts = waiting.map(({ part }) => part)
      const replies = await send(redis, clock.now(), host, parts)
      for (const [at, { written }] of waiting.entries())
        try {
          written.resolve(readReply(replies[at]))
        } catch (error) {
          written.reject(error)
        }
    } catch (error) {
      for (const { written } of waiting) written.reject(error)
    }
  }

  function turnOf(host: string): Turn {
    const known = turns.get(host)
    if (known) return known
    const turn: Turn = { waiting: [], sent: Promise.withResolvers(), isFollowed: false }
    turns.set(host, turn)
    setImmediate(flush, host, turn)
    return turn
  }

  return {
    write(part, isFollowed) {
      const turn = turnOf(part.wanted.host)
      const written = Promise.withResolvers<Written>()
      turn.waiting.push({ part, written })
      turn.isFollowed ||= isFollowed
      return { sent: turn.sent.promise, written: written.promise }
    },
  }
}

type Reply = readonly [string, number, number]

function send(
  redis: RedisClient,
  now: number,
  host: string,
  parts: readonly Part[],
): Promise<readonly Reply[]> {
  const { keys, values } = placesOf(host)
  return redis.slipwayAccept(
    keys.length,
    ...keys,
    now * 1_000,
    now,
    ...values,
    ...parts.flatMap((part) => valuesOf(part, now)),
  )
}

function readReply(reply: Reply | undefined): Written {
  const [seq, isNew, needsNudge] = reply ?? ['no answer', -1, 0]
  if (isNew < 0) throw new Error(seq)
  return { seq: Number(seq), isNew: isNew === 1, needsNudge: needsNudge === 1 }
}

function valuesOf(part: Part, now: number): (string | number)[] {
  const { wanted, deployment, rollout, seq: given } = part
  return [
    deployment,
    wanted.project,
    writeAccepted(part, now),
    rollout?.seq ?? given ?? '',
    rollout?.id ?? '',
    rollout?.home ?? '',
    wanted.back ? '1' : '',
  ]
}

/** The seq for what is no rollout, of a project with several hosts: their home keeps the order of all of them. */
export async function nextSeq(
  redis: RedisClient,
  now: number,
  { home, project }: { readonly home: string; readonly project: string },
): Promise<number> {
  return Number(await redis.slipwayNextSeq(keysOf(home).want(project), now * 1_000))
}

/** What the script is told of a host whatever the parts are. */
interface Places {
  readonly keys: readonly string[]
  /** What keys begin with that only the script puts together. */
  readonly values: readonly string[]
}

// Hosts are few and come from the configuration.
const places = new Map<string, Places>()

function placesOf(host: string): Places {
  const known = places.get(host)
  if (known) return known
  const keys = keysOf(host)
  const nudge = nudgeKeysOf(host)
  const made = {
    keys: [keys.changes, keys.ledger, nudge.active, nudge.delayed],
    values: [
      keys.want(''),
      keys.deployment(''),
      keys.history(''),
      keys.log(''),
      nudge.current(''),
      nudge.jobs,
    ],
  }
  places.set(host, made)
  return made
}
