import type { Fleet, RolloutRef } from './rollout.ts'
import type { DeploymentState } from './steps.ts'

/** What caused a deployment. */
export type Trigger =
  | { readonly kind: 'webhook'; readonly hook: string; readonly source: string }
  | { readonly kind: 'command'; readonly by: string; readonly reason?: string | undefined }
  /** The registry said so when it was asked. */
  | { readonly kind: 'poll' }
  /** Slipway itself: Redis had lost what it knew, and nobody will push again. */
  | { readonly kind: 'reconcile' }

/** What one project is to become on one host; whoever asks for a deploy makes one of these. */
export interface Wanted {
  readonly project: string
  readonly host: string
  /** `registry/repository`, from the configuration and never from the sender. */
  readonly image: string
  /** The tag that the worker asks the registry for; null when the digest alone is wanted. */
  readonly tag: string | null
  /** With a tag: a hint only. Without one: what is deployed. */
  readonly digest: string | null
  /** What a repetition of the same call is known by; without one, each call is a new one. */
  readonly delivery?: string
  /** A person insists: neither a hold nor the same digest being live stands in the way. */
  readonly force?: true
  /** Set when the project is to go back: to this release, to this digest, or to the good one before what is live. */
  readonly back?: BackTarget
  /** Of a project with several hosts. A rollback makes no rollout of it: its seq alone comes from the home. */
  readonly fleet?: Fleet
}

/** Where a person wants to go back to; both null for the last good release before the live one. */
export interface BackTarget {
  /** Name of a release. */
  readonly release: string | null
  readonly digest: string | null
}

/** A Wanted that was accepted: it has a place in the order of all pushes. */
export interface AcceptedWant extends Omit<Wanted, 'fleet'> {
  /** Microseconds since 1970, made to grow: the larger is the newer. */
  readonly seq: number
  readonly deployment: string
  /** What it shares with the same push on other hosts. */
  readonly rollout?: RolloutRef
}

/** Who asked for something, and when (milliseconds since 1970). */
export interface Request {
  readonly by: string
  readonly at: number
}

/** How long one step took. */
export interface StepTiming {
  readonly step: string
  readonly milliseconds: number
  readonly ok: boolean
}

/** What happened to one accepted push on one host. Times are milliseconds since 1970. */
export interface Deployment {
  readonly id: string
  readonly project: string
  readonly host: string
  readonly seq: number
  readonly image: string
  readonly tag: string | null
  /** What the sender or the operator named; what was deployed is `resolvedDigest`. */
  readonly digest: string | null
  /** Set when it was a rollback: where a person wanted to go back to. */
  readonly back: BackTarget | null
  readonly trigger: Trigger
  readonly state: DeploymentState
  readonly acceptedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly attempts: number
  readonly resolvedDigest: string | null
  readonly release: string | null
  readonly supersededBy: string | null
  /** Set when the same push went to several hosts. */
  readonly rollout: RolloutRef | null
  /** Set when somebody asked for its end while it was under way. */
  readonly cancel: Request | null
  readonly errorCode: string | null
  readonly why: string | null
  readonly timings: readonly StepTiming[]
}
