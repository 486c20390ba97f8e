import type {
  Clock,
  ErrorCode,
  HostProgress,
  Rollout,
  RolloutHost,
  RolloutPolicy,
  RolloutRef,
  Trigger,
  Wanted,
} from '@slipway/core'
import { acceptPart } from './accept.ts'
import type { RedisClient } from './connection.ts'
import { parseJson, readDeploymentState } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'
import { patiently } from './patiently.ts'

/** The records of pushes that went to several hosts. What became of each host is read from its own deployment. */
export interface RolloutStore {
  /** Null when Redis does not know it. */
  rollout(ref: RolloutRef): Promise<Rollout | null>
  /** In the order of the hosts. */
  progress(rollout: Rollout): Promise<HostProgress[]>
  /** Makes this the digest of the rollout, unless it has one; resolves with the one that counts. */
  pin(ref: RolloutRef, digest: string): Promise<string>
  /** Writes the parts that are missing, because whoever accepted the push died in between. */
  join(rollout: Rollout, missing: readonly RolloutHost[]): Promise<void>
}

/** What the parts of one push share, before it has a seq. */
export interface NewRollout extends RolloutRef {
  readonly policy: RolloutPolicy
  readonly hosts: readonly RolloutHost[]
  /** Any of its parts. */
  readonly wanted: Wanted
  readonly trigger: Trigger
}

/** A rollout that has its place in the order of all pushes. */
export interface OpenRollout extends RolloutRef {
  readonly seq: number
  readonly hosts: readonly RolloutHost[]
}

/** Writes the record, unless it is there already; resolves with the seq that all parts have, and with its hosts. */
export async function openRollout(
  redis: RedisClient,
  now: number,
  { id, home, policy, hosts, wanted, trigger }: NewRollout,
): Promise<OpenRollout> {
  const keys = keysOf(home)
  const { project, image, tag, digest, force } = wanted
  const fields = {
    id,
    home,
    project,
    image,
    tag: tag ?? '',
    hint: digest ?? '',
    force: force ? '1' : '',
    policy: JSON.stringify(policy),
    hosts: JSON.stringify(hosts),
    trigger: JSON.stringify(trigger),
    acceptedAt: String(now),
  }
  const [seq, known] = await redis.slipwayOpenRollout(
    keys.want(project),
    keys.rollout(id),
    now * 1_000,
    limits.endedSeconds,
    ...Object.entries(fields).flat(),
  )
  return { id, home, seq: Number(seq), hosts: parseJson<RolloutHost[]>(known ?? undefined) ?? hosts }
}

export function createRolloutStore(redis: RedisClient, clock: Clock): RolloutStore {
  return {
    async rollout({ id, home }) {
      return readRollout(await redis.hgetall(keysOf(home).rollout(id)))
    },
    progress: ({ hosts }) =>
      Promise.all(
        hosts.map(async ({ host, deployment }) => {
          const key = keysOf(host).deployment(deployment)
          const [state, errorCode] = await redis.hmget(key, 'state', 'errorCode')
          const wasStopped = errorCode === ('ROLLOUT_STOPPED' satisfies ErrorCode)
          return { host, deployment, state: readDeploymentState(state), wasStopped }
        }),
      ),
    async pin({ id, home }, digest) {
      const key = keysOf(home).rollout(id)
      await patiently(() => redis.hsetnx(key, 'digest', digest))
      return (await redis.hget(key, 'digest')) ?? digest
    },
    async join(rollout, missing) {
      const { id, home, seq, project, image, tag, hint, force } = rollout
      const trigger = parseJson<Trigger>((await redis.hget(keysOf(home).rollout(id), 'trigger')) ?? undefined)
      for (const { host, deployment } of missing) {
        const insisting = force ? ({ force: true } as const) : {}
        await acceptPart(redis, clock.now(), {
          wanted: { project, host, image, tag, digest: hint, ...insisting },
          deployment,
          trigger: trigger ?? { kind: 'reconcile' },
          rollout: { id, home, seq },
        })
      }
    },
  }
}

function readRollout(fields: Readonly<Record<string, string>>): Rollout | null {
  const { id, home, project, seq, image } = fields
  const policy = parseJson<RolloutPolicy>(fields.policy)
  const hosts = parseJson<RolloutHost[]>(fields.hosts)
  if (!id || !home || !project || !seq || !image || !policy || !hosts) return null
  return {
    id,
    home,
    project,
    seq: Number(seq),
    image,
    tag: fields.tag || null,
    hint: fields.hint || null,
    digest: fields.digest || null,
    force: fields.force === '1',
    policy,
    hosts,
    acceptedAt: Number(fields.acceptedAt),
  }
}
