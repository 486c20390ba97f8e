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
  /** Of a part that is in no rollout, when its seq was given already. */
  readonly seq?: number
}

/** Writes one part; what is written already stays. Resolves with its seq. */
export async function acceptPart(redis: RedisClient, now: number, part: Part): Promise<number> {
  const { wanted, deployment, trigger, rollout, seq: given } = part
  const { project, host, image, tag, digest, force, back } = wanted
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
    rollout?.seq ?? given ?? '',
    rollout?.id ?? '',
    rollout?.home ?? '',
    back ? JSON.stringify(back) : '',
  )
  return Number(seq)
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
