import { randomBytes } from 'node:crypto'
import { type DeploymentState, isOutcome, type KnownRelease, type RolloutRef } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { readDeploymentState } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { saveKnownReleases } from './known-releases.ts'

/** What Redis says about a project on a host. */
export interface Surveyed {
  readonly project: string
  /** Null when nothing is wanted. */
  readonly want: {
    readonly seq: number
    readonly deployment: string
    /** Null when its record is forgotten. */
    readonly state: DeploymentState | null
    readonly rollout: RolloutRef | null
  } | null
}

/** What mending needs to know and to change. */
export interface ReconcileStore {
  /** In the order asked for. Projects that have come to rest cost nothing until one of the host is pushed again. */
  survey(projects: readonly string[]): Promise<Surveyed[]>
  /** The mark of this Redis, made now when it has none: a Redis with another mark has lost what the old one knew. */
  epoch(): Promise<string>
  /**
   * Makes later pushes newer than this seq; of a project with several hosts their home has to hear of it. With
   * `isLost`, a push that is queued already is moved in front of it too; true when one was.
   */
  raise(project: string, seq: number, isLost: boolean, home?: string): Promise<boolean>
  /** Puts a deployment that ended in one of these states back to the queue, if it is still the one that is wanted. */
  reopen(project: string, deployment: string, from: readonly DeploymentState[]): Promise<boolean>
  /** Tells which releases the host has of a project, unless this store has told the Redis of this mark the same before. */
  tellReleases(
    project: string,
    releases: readonly KnownRelease[],
    now: { readonly epoch: string; readonly at: number },
  ): Promise<void>
}

const atOnce = 500

export function createReconcileStore(redis: RedisClient, host: string): ReconcileStore {
  const keys = keysOf(host)

  // What has come to rest is remembered for as long as nobody was heard to wake anything: looking after a thousand
  // projects that do nothing must not cost Redis more than looking after ten.
  let seen = ''
  const settled = new Map<string, Surveyed>()

  const told = new Map<string, string>()

  async function surveySome(projects: readonly string[]): Promise<Surveyed[]> {
    const wants = projects.map(keys.want)
    const rows = await redis.slipwaySurvey(wants.length, ...wants, keys.deployment(''))
    return projects.map((project, at) => ({ project, want: readRow(rows[at] ?? []) }))
  }

  async function raiseAt(at: string, project: string, seq: number, isLost: boolean): Promise<boolean> {
    const { want, deployment } = keysOf(at)
    const [own, lost] = [deployment(''), isLost ? '1' : '']
    return (await redis.slipwayRaise(want(project), seq, own, lost)) === 1
  }

  return {
    async survey(projects) {
      const now = (await redis.mget(keys.epoch, keys.changes)).join('/')
      if (now !== seen) settled.clear()
      const open = projects.filter((project) => !settled.has(project))
      const found = new Map(settled)
      for (let at = 0; at < open.length; at += atOnce)
        for (const row of await surveySome(open.slice(at, at + atOnce))) {
          found.set(row.project, row)
          const { want } = row
          const isAtRest = !want || (!want.rollout && (want.state === null || isOutcome(want.state)))
          if (isAtRest) settled.set(row.project, row)
        }
      seen = now
      return projects.flatMap((project) => found.get(project) ?? [])
    },
    async epoch() {
      await redis.set(keys.epoch, randomBytes(8).toString('hex'), 'NX')
      return (await redis.get(keys.epoch)) ?? ''
    },
    async raise(project, seq, isLost, home = host) {
      // First the home, so that no push gets a seq below the one of what is moved here.
      if (home !== host) await raiseAt(home, project, seq + 1, false)
      return raiseAt(host, project, seq, isLost)
    },
    async reopen(project, deployment, from) {
      const [state, newest] = await redis.slipwayReopen(
        keys.want(project),
        keys.deployment(deployment),
        keys.changes,
        deployment,
        ...from,
      )
      return newest === deployment && from.some((one) => one === state)
    },
    async tellReleases(project, releases, { epoch, at }) {
      const all = `${epoch} ${JSON.stringify(releases)}`
      if (told.get(project) === all) return
      await saveKnownReleases(redis, { host, project, at, releases })
      told.set(project, all)
    },
  }
}

function readRow([seq, deployment, state, rollout, home]: readonly string[]): Surveyed['want'] {
  if (!seq || !deployment) return null
  return {
    seq: Number(seq),
    deployment,
    state: readDeploymentState(state),
    rollout: rollout && home ? { id: rollout, home } : null,
  }
}
