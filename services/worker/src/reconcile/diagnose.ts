import { type DeploymentState, type HostState, isOutcome, type RolloutRef } from '@slipway/core'
import type { Surveyed } from '@slipway/store'

/** What a host knows of a project, read from its own disk. */
export interface HostFacts {
  readonly state: Pick<HostState, 'live' | 'seq'>
  /** A switch was made and what follows it is not decided. */
  readonly hasIntent: boolean
  /** The mark of the Redis that the host last worked with; null when it never wrote one. */
  readonly epoch: string | null
}

/** What is wrong with a project, and so what is done about it. */
export interface Diagnosis {
  /** Redis no longer knows what this host has dealt with. */
  readonly isLost: boolean
  /** The project is to be looked at by a walk, in words why; null when all is well. */
  readonly nudge: string | null
  /** Redis calls it live, and this host has nothing of it: it has to be walked once more. */
  readonly reopen: { readonly deployment: string; readonly from: readonly DeploymentState[] } | null
  /** Nothing is wanted any more, though something is live: what its tag is now is wanted again. */
  readonly wantAgain: string | null
  /** Its rollout may ask it to go back. */
  readonly rollout: RolloutRef | null
}

const liveStates: readonly DeploymentState[] = ['live', 'already-live', 'live-with-warnings']

/** Compares what is wanted, what became of it and what the host has; decides and does nothing. */
export function diagnose({ want }: Surveyed, host: HostFacts, epoch: string): Diagnosis {
  const isKnown = host.state.seq > 0
  // A host that never wrote a mark was there before marks were: then what is wanted tells.
  const isLost = isKnown && host.epoch !== epoch && (host.epoch !== null || want === null)
  const wantAgain = isLost && want === null ? (host.state.live?.tag ?? null) : null
  const well: Diagnosis = { isLost, nudge: null, reopen: null, wantAgain, rollout: null }
  // What is lost is told once: behind the switch too, whatever its end will be.
  if (host.hasIntent) return { ...well, nudge: 'a switch is not brought to its end' }
  if (want === null) return well
  const { state, seq, deployment } = want
  if (state === null) return well
  if (!isOutcome(state)) return { ...well, nudge: 'it is wanted and has no end' }
  const again = reopened(state, seq, host, isLost)
  if (again) return { ...well, nudge: again.why, reopen: { deployment, from: again.from } }
  return { ...well, rollout: state === 'live' ? want.rollout : null }
}

function reopened(state: DeploymentState, seq: number, host: HostFacts, isLost: boolean) {
  if (liveStates.includes(state) && seq > host.state.seq)
    return { why: 'it is called live, and this host does not have it', from: liveStates }
  // Accepted after Redis was emptied, by a clock that had gone back: it looked older than it is.
  if (isLost && state === 'superseded' && seq <= host.state.seq)
    return { why: 'it was taken for an older push', from: ['superseded'] as const }
  return null
}
