import type { DeploymentState } from './steps.ts'

/** How a push reaches the hosts of a project that has several. */
export interface RolloutPolicy {
  /** `rolling`: one host after the other, in the order of `hosts`, each only when the one before it is live. */
  readonly order: 'parallel' | 'rolling'
  /** So many hosts may fail before the rest is not started. */
  readonly maxFailures: number
  /** What becomes of the hosts that are live when too many have failed. */
  readonly onFailure: 'stop' | 'roll_back'
}

/** The hosts of a project that has several. */
export interface Fleet {
  /** The host whose part of Redis holds what all of them share. It stays the same whichever hosts are wanted. */
  readonly home: string
  readonly policy: RolloutPolicy
}

/** Where the record of a rollout is found. */
export interface RolloutRef {
  readonly id: string
  readonly home: string
}

/** One push on several hosts: one seq and, once the first worker has resolved the tag, one digest. */
export interface Rollout extends RolloutRef {
  readonly project: string
  readonly seq: number
  readonly image: string
  readonly tag: string | null
  /** What the sender named. */
  readonly hint: string | null
  /** What the first worker found and all deploy; null until then. */
  readonly digest: string | null
  readonly force: boolean
  readonly policy: RolloutPolicy
  /** In the order in which they are configured. */
  readonly hosts: readonly RolloutHost[]
  /** Milliseconds since 1970. */
  readonly acceptedAt: number
}

export interface RolloutHost {
  readonly host: string
  readonly deployment: string
}

/** How far one host has come. */
export interface HostProgress extends RolloutHost {
  /** Null when its part was never written, or is forgotten. */
  readonly state: DeploymentState | null
  /** It ended because others had failed; that is no failure of its own, or trying those again could never help. */
  readonly wasStopped?: boolean
}

/** What a host is to do about its part. */
export type Turn =
  /** It may go on, or has ended. */
  | 'go'
  /** An earlier host is not live yet. */
  | 'wait'
  /** Too many have failed: it is not started. */
  | 'stop'
  /** It is live with what failed elsewhere: it goes back. */
  | 'back'

const failures: ReadonlySet<DeploymentState | null> = new Set<DeploymentState>([
  'failed',
  'rolled-back',
  'cancelled',
  'needs-operator',
  'live-with-warnings',
])
/** A superseded host is no failure: the newer push has a rollout of its own. */
const passed: ReadonlySet<DeploymentState | null> = new Set<DeploymentState>([
  'live',
  'already-live',
  'superseded',
])

/** True when too many hosts have failed for the others to begin. */
export function isStopped({ maxFailures }: RolloutPolicy, hosts: readonly HostProgress[]): boolean {
  const failed = hosts.filter(({ state, wasStopped }) => failures.has(state) && !wasStopped)
  return failed.length > maxFailures
}

/**
 * What each host is to do, told from what the records of the hosts say now and from nothing else: whoever asks, and
 * however often, gets the same answer.
 */
export function judgeRollout(
  policy: RolloutPolicy,
  hosts: readonly HostProgress[],
): ReadonlyMap<string, Turn> {
  const stopped = isStopped(policy, hosts)
  return new Map(hosts.map((one, at) => [one.host, turnOf(policy, one, hosts.slice(0, at), stopped)]))
}

function turnOf(
  { order, onFailure }: RolloutPolicy,
  { state }: HostProgress,
  earlier: readonly HostProgress[],
  stopped: boolean,
): Turn {
  if (stopped && state === 'live' && onFailure === 'roll_back') return 'back'
  if (failures.has(state) || passed.has(state)) return 'go'
  // One that has begun is let go on: its own check decides.
  if (state !== null && state !== 'queued') return 'go'
  if (stopped) return 'stop'
  const isClear = earlier.every((one) => passed.has(one.state) || failures.has(one.state))
  return order === 'parallel' || isClear ? 'go' : 'wait'
}
