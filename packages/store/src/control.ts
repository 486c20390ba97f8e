import {
  type Clock,
  type Deployment,
  type DeploymentState,
  type Freeze,
  isOutcome,
  type RetryPolicy,
  type RolloutRef,
  SlipwayError,
} from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { createDeploymentReader } from './deployment-reader.ts'
import { readDeploymentState } from './deployment-record.ts'
import { readFreezes, removeFreeze, writeFreeze } from './freezes.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'
import { createNudger } from './nudger.ts'
import { createRolloutStore } from './rollout-store.ts'

/** What people do to deployments, from wherever they are: the worker hears of it through Redis. */
export interface Control {
  /**
   * Looks for a deployment on these hosts.
   * @throws SlipwayError DEPLOYMENT_UNKNOWN
   */
  find(id: string, hosts: readonly string[]): Promise<Deployment>
  /**
   * Takes a deployment back. One that waits has ended when this resolves with `cancelled`; one that is under way was
   * `asked` to end, and its worker hears of it within a second.
   * @throws SlipwayError DEPLOYMENT_ENDED
   */
  cancel(deployment: Deployment, by: string): Promise<'cancelled' | 'asked'>
  /**
   * Takes up again what failed or was cancelled, and what waits for its next attempt at once.
   * @throws SlipwayError DEPLOYMENT_ENDED when there is nothing to try again, with what can be done instead
   */
  retry(deployment: Deployment): Promise<void>
  /** Holds deploys back on these hosts. */
  freeze(hosts: readonly string[], freeze: Freeze): Promise<void>
  /** Lets them go on; wakes the workers for these projects. True when something was frozen. */
  unfreeze(hosts: readonly string[], project: string | null, projects: readonly string[]): Promise<boolean>
  /** Every freeze of a host, expired ones too. */
  freezes(host: string): Promise<Freeze[]>
  /** Leaves the connection to whoever opened it. */
  close(): Promise<void>
}

export interface ControlOptions {
  readonly redis: RedisClient
  readonly retry: RetryPolicy
  readonly clock: Clock
}

const retried: readonly DeploymentState[] = ['failed', 'cancelled']

export function createControl({ redis, retry: policy, clock }: ControlOptions): Control {
  const nudger = createNudger(redis, policy)
  const rollouts = createRolloutStore(redis, clock)

  // No worker has seen this end, and other hosts may wait for this one. In a rolling order one of them may just be ending
  // its job, after a look that is old by now: a nudge that waits behind it is not lost.
  async function wakeOthers(ref: RolloutRef, ended: string): Promise<void> {
    const found = await rollouts.rollout(ref)
    if (!found) return
    const wake = found.policy.order === 'rolling' ? nudger.nudge : nudger.nudgeIfIdle
    for (const { host } of found.hosts) if (host !== ended) await wake(host, found.project)
  }

  return {
    async find(id, hosts) {
      const found = await Promise.all(hosts.map((host) => createDeploymentReader(redis, host).deployment(id)))
      const deployment = found.find((one) => one !== null)
      if (deployment) return deployment
      throw new SlipwayError(
        'DEPLOYMENT_UNKNOWN',
        `No host of the configuration knows the deployment "${id}".`,
      )
    },

    async cancel({ id, host, project, rollout }, by) {
      const now = clock.now()
      const state = await redis.slipwayCancel(
        keysOf(host).deployment(id),
        JSON.stringify({ by, at: now }),
        now,
        `cancelled by ${by} while it waited`,
        limits.endedSeconds,
      )
      const before = readDeploymentState(state)
      if (before === null)
        throw new SlipwayError('DEPLOYMENT_UNKNOWN', `Redis no longer knows the deployment "${id}".`)
      if (isOutcome(before))
        throw new SlipwayError(
          'DEPLOYMENT_ENDED',
          `The deployment ${id} of ${project} has ended as ${before}.`,
        )
      if (before !== 'queued') return 'asked'
      if (rollout) await wakeOthers(rollout, host)
      return 'cancelled'
    },

    async retry(deployment) {
      const { id, host, project } = deployment
      const wasSwitched = deployment.timings.some(({ step, ok }) => step === 'switch' && ok)
      if (deployment.state === 'cancelled' && wasSwitched)
        throw ended(deployment, `it was live and was taken back; say \`${sayAgain(deployment)}\``)
      const keys = keysOf(host)
      const [state, newest] = await redis.slipwayReopen(
        keys.want(project),
        keys.deployment(id),
        keys.changes,
        id,
        ...retried,
      )
      if (newest !== id) throw ended(deployment, `${newest || 'nothing'} is what is wanted now`)
      if (state !== 'queued' && !retried.some((one) => one === state)) throw ended(deployment, advice(state))
      await nudger.nudge(host, project)
    },

    async freeze(hosts, freeze) {
      await Promise.all(hosts.map((host) => writeFreeze(redis, host, freeze)))
    },

    async unfreeze(hosts, project, projects) {
      const removed = await Promise.all(hosts.map((host) => removeFreeze(redis, host, project)))
      for (const host of hosts) for (const name of projects) await nudger.nudge(host, name)
      return removed.some(Boolean)
    },

    freezes: (host) => readFreezes(redis, host),
    close: nudger.close,
  }
}

function ended({ id, state }: Deployment, why: string): SlipwayError {
  return new SlipwayError(
    'DEPLOYMENT_ENDED',
    `The deployment ${id} (${state}) cannot be tried again: ${why}.`,
  )
}

function sayAgain({ project, back }: Deployment): string {
  return back ? `slipway rollback ${project}` : `slipway deploy ${project} --force`
}

function advice(state: string): string {
  if (state === 'rolled-back' || state === 'needs-operator')
    return 'push a mended image, or say `slipway deploy PROJECT --force`'
  return isOutcome(state) ? `it has ended as ${state}` : 'it is under way'
}
