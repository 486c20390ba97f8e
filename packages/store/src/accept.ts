import type { RolloutRef, Trigger, Wanted } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** One host's part of an accepted push. */
export interface Part {
  readonly wanted: Wanted
  readonly deployment: string
  readonly trigger: Trigger
  /** The rollout that the part belongs to, with the seq that all of its parts have. */
  readonly rollout?: RolloutRef & { readonly seq: number }
}

/** Writes one part; what is written already stays. Resolves with its seq. */
export async function acceptPart(redis: RedisClient, now: number, part: Part): Promise<number> {
  const { wanted, deployment, trigger, rollout } = part
  const { project, host, image, tag, digest, force } = wanted
  const keys = keysOf(host)
  const seq = await redis.slipwayAccept(
    keys.want(project),
    keys.ledger,
    keys.deployments(project),
    keys.deployment(deployment),
    keys.seq(project),
    keys.changes,
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
    rollout?.seq ?? '',
    rollout?.id ?? '',
    rollout?.home ?? '',
  )
  return Number(seq)
}
