import {
  type AcceptedWant,
  describeFreeze,
  formatMinute,
  type HostProgress,
  isFrozen,
  judgeRollout,
  type Rollout,
  type Turn,
  windowState,
} from '@slipway/core'
import type { Nudger, RolloutStore, RunStore } from '@slipway/store'
import type { Timer } from './ports/timer.ts'
import type { Site } from './rollout/run.ts'

/** Whether what is wanted may be begun now. */
export type Admission =
  /** `pinned` is the digest that another host of the rollout has found. */
  | { readonly kind: 'go'; readonly pinned: string | null }
  /** `until` in milliseconds since 1970; null when somebody will nudge. */
  | { readonly kind: 'wait'; readonly until: number | null; readonly why: string }
  /** Too many other hosts have failed with it: it is not begun. */
  | { readonly kind: 'stop'; readonly why: string }
  /** It is live here, and too many other hosts have failed with it: it goes back. */
  | { readonly kind: 'back'; readonly why: string }

export interface AdmissionTools {
  readonly store: Pick<RunStore, 'freeze'>
  readonly rollouts: RolloutStore
  readonly nudger: Pick<Nudger, 'nudge' | 'nudgeIfIdle'>
  readonly timer: Timer
}

/** Whose part of a rollout has ended. */
export type HostPart = Pick<AcceptedWant, 'host' | 'project' | 'rollout'>

/** Milliseconds. Past this a record that is missing is forgotten, and not one that was never written. */
export const young = 3_600_000

export async function admit(tools: AdmissionTools, site: Site, want: AcceptedWant): Promise<Admission> {
  const rollout = want.rollout ? await tools.rollouts.rollout(want.rollout) : null
  const turn = rollout ? await turnOf(tools, rollout, want) : 'go'
  // Going back waits for nobody: what is live there is known to be bad.
  if (turn === 'back') return { kind: 'back', why: stoppedWhy(rollout) }
  const held = await heldBack(tools, site, want)
  if (held && !(await isMigrated(site, want))) return held
  if (turn === 'stop') return { kind: 'stop', why: stoppedWhy(rollout) }
  if (turn === 'wait') return { kind: 'wait', until: null, why: 'waits for the hosts before it to be live' }
  return { kind: 'go', pinned: rollout?.digest ?? null }
}

/** After a host has ended: wakes those whose turn has come, or who have to stop or to go back, itself too. */
export async function wakeOthers(tools: AdmissionTools, want: HostPart): Promise<void> {
  const rollout = want.rollout ? await tools.rollouts.rollout(want.rollout) : null
  if (!rollout) return
  const progress = await readProgress(tools, rollout)
  const turns = judgeRollout(rollout.policy, progress)
  for (const { host, state } of progress) {
    const turn = turns.get(host)
    // A job that is there may be about to end with what it saw before: those are nudged beside it.
    if (turn === 'back') await tools.nudger.nudge(host, want.project)
    else if (host === want.host || state !== 'queued' || turn === 'wait') continue
    else if (rollout.policy.order === 'rolling') await tools.nudger.nudge(host, want.project)
    else await tools.nudger.nudgeIfIdle(host, want.project)
  }
}

async function heldBack(
  { store, timer }: AdmissionTools,
  site: Site,
  want: AcceptedWant,
): Promise<Admission | null> {
  const freeze = await store.freeze(site.name)
  if (freeze && isFrozen(freeze, timer.now()))
    return { kind: 'wait', until: freeze.until, why: describeFreeze(freeze) }
  const window = windowState(site.config.windows, timer.now())
  // Whoever insists is there to look after it; a freeze is another person's word.
  if (window.open || want.force || want.back) return null
  const why = `waits for its maintenance window, which opens at ${formatMinute(window.opensAt)}`
  return { kind: 'wait', until: window.opensAt, why }
}

/** Somebody stopped a run behind its migration: the code that fits the database has to follow. */
export async function isMigrated({ releases }: Site, { deployment }: AcceptedWant): Promise<boolean> {
  const own = (await releases.releases()).filter((release) => release.deployment === deployment)
  return own.some(({ migratedAt, status }) => migratedAt !== null && status === 'copied')
}

async function turnOf(tools: AdmissionTools, rollout: Rollout, want: AcceptedWant): Promise<Turn> {
  const progress = await readProgress(tools, rollout)
  return judgeRollout(rollout.policy, progress).get(want.host) ?? 'go'
}

// Whoever accepted the push may have died between two hosts; what it did not write is written now.
async function readProgress(
  { rollouts, nudger, timer }: AdmissionTools,
  rollout: Rollout,
): Promise<HostProgress[]> {
  const progress = await rollouts.progress(rollout)
  const missing = progress.filter(({ state }) => state === null)
  if (missing.length === 0 || rollout.acceptedAt < timer.now() - young) return progress
  await rollouts.join(rollout, missing)
  for (const { host } of missing) await nudger.nudgeIfIdle(host, rollout.project)
  return rollouts.progress(rollout)
}

function stoppedWhy(rollout: Rollout | null): string {
  return `Too many other hosts of the rollout ${rollout?.id ?? ''} failed.`
}
