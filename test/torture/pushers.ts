import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What became of the pushes of one project. */
export interface PushCounts {
  pushed: number
  accepted: number
  refused: number
}

/**
 * Pushes one version after the other of a project until the signal fires: first to the registry, then to ingest, as a
 * registry does. A registry or an ingest that is away is no reason to stop.
 */
export async function keepPushing(
  world: World,
  project: string,
  random: Random,
  pauses: readonly [number, number],
  signal: AbortSignal,
): Promise<PushCounts> {
  const counts: PushCounts = { pushed: 0, accepted: 0, refused: 0 }
  for (let push = 1; !signal.aborted; push += 1) {
    await delay(random.between(...pauses), undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    const digest = await world.push(project, push).catch(() => null)
    if (digest === null) continue
    counts.pushed += 1
    // Now and then a registry calls twice, or what it says arrives late.
    const calls = random.next() < 0.1 ? 2 : 1
    for (let call = 0; call < calls; call += 1) {
      const accepted = await world.announce(project, digest, push)
      if (accepted) counts.accepted += 1
      else counts.refused += 1
    }
  }
  return counts
}
