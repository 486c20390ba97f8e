import type { RolloutRef, Trigger, Wanted } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { type Keys, keysOf } from './keys.ts'
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

/** A part as the script takes it. */
interface Order {
  readonly keys: readonly string[]
  readonly values: readonly (string | number)[]
}

/** Writes one part; what is written already stays. */
export async function acceptPart(redis: RedisClient, now: number, part: Part): Promise<Written> {
  const [reply] = await send(redis, [orderOf(now, part)])
  return readReply(reply)
}

/** Writes parts, those that come in one turn of the event loop for the same host by one command. */
export interface PartWriter {
  write(now: number, part: Part): Promise<Written>
}

interface Waiting extends PromiseWithResolvers<Written> {
  readonly order: Order
}

/** Parts in one command: Redis does nothing else meanwhile. */
const mostAtOnce = 50

export function createPartWriter(redis: RedisClient): PartWriter {
  const byHost = new Map<string, Waiting[]>()

  async function flush(host: string): Promise<void> {
    const all = byHost.get(host) ?? []
    byHost.delete(host)
    for (let at = 0; at < all.length; at += mostAtOnce) void settle(all.slice(at, at + mostAtOnce))
  }

  async function settle(parts: readonly Waiting[]): Promise<void> {
    try {
      const replies = await send(
        redis,
        parts.map(({ order }) => order),
      )
      for (const [at, { resolve, reject }] of parts.entries())
        try {
          resolve(readReply(replies[at]))
        } catch (error) {
          reject(error)
        }
    } catch (error) {
      for (const { reject } of parts) reject(error)
    }
  }

  return {
    write(now, part) {
      const waiting = { ...Promise.withResolvers<Written>(), order: orderOf(now, part) }
      const { host } = part.wanted
      const others = byHost.get(host)
      if (others) others.push(waiting)
      else {
        byHost.set(host, [waiting])
        setImmediate(flush, host)
      }
      return waiting.promise
    },
  }
}

type Reply = readonly [string, number, number]

function send(redis: RedisClient, orders: readonly Order[]): Promise<readonly Reply[]> {
  const keys = orders.flatMap((order) => order.keys)
  return redis.slipwayAccept(keys.length, ...keys, ...orders.flatMap((order) => order.values))
}

function readReply(reply: Reply | undefined): Written {
  const [seq, isNew, needsNudge] = reply ?? ['no answer', -1, 0]
  if (isNew < 0) throw new Error(seq)
  return { seq: Number(seq), isNew: isNew === 1, needsNudge: needsNudge === 1 }
}

function orderOf(now: number, { wanted, deployment, trigger, rollout, seq: given }: Part): Order {
  const { project, host, image, tag, digest, force, back } = wanted
  const { keys, nudge } = placesOf(host)
  return {
    keys: [
      keys.want(project),
      keys.ledger,
      keys.deployments(project),
      keys.deployment(deployment),
      keys.seq(project),
      keys.changes,
      nudge.current(project),
      nudge.active,
      nudge.delayed,
    ],
    values: [
      now * 1_000,
      now,
      deployment,
      project,
      host,
      image,
      tag ?? '',
      digest ?? '',
      JSON.stringify(trigger),
      rollout?.seq ?? given ?? '',
      rollout?.id ?? '',
      rollout?.home ?? '',
      force ? '1' : '',
      back ? JSON.stringify(back) : '',
      keys.deployment(''),
      nudge.jobs,
      keys.log(''),
    ],
  }
}

/** The seq for what is no rollout, of a project with several hosts: their home keeps the order of all of them. */
export async function nextSeq(
  redis: RedisClient,
  now: number,
  { home, project }: { readonly home: string; readonly project: string },
): Promise<number> {
  const keys = keysOf(home)
  return Number(await redis.slipwayNextSeq(keys.seq(project), keys.want(project), now * 1_000))
}

interface Places {
  readonly keys: Keys
  readonly nudge: ReturnType<typeof nudgeKeysOf>
}

// Hosts are few and come from the configuration.
const places = new Map<string, Places>()

function placesOf(host: string): Places {
  const known = places.get(host)
  if (known) return known
  const made = { keys: keysOf(host), nudge: nudgeKeysOf(host) }
  places.set(host, made)
  return made
}
