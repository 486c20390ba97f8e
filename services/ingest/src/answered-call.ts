import type { RefusalReason } from '@slipway/core'

/** What became of a call of a webhook. `failed`: it could not be taken, and its sender was asked to come again. */
export type CallOutcome = 'queued' | 'repeated' | 'ignored' | 'rejected' | 'failed'

/** A call of a webhook that was answered. Nothing of it is the caller's own words. */
export interface AnsweredCall {
  /** Null when there is no such hook. */
  readonly hook: string | null
  readonly outcome: CallOutcome
  /** Of one that was rejected. */
  readonly reason: RefusalReason | null
  /** Address of the caller. */
  readonly peer: string
  /** What it was answered with. */
  readonly status: number
  /** Milliseconds from its headers to its answer. */
  readonly milliseconds: number
}

// What the listener refuses by itself, before a route sees it.
const byStatus: ReadonlyMap<number, RefusalReason> = new Map([
  [413, 'too-large'],
  [415, 'content-type'],
  [429, 'rate-limited'],
])

/** Why the listener refused a call that no route decided about; null when it did not, but failed. */
export function reasonOfStatus(status: number): RefusalReason | null {
  if (status >= 500) return null
  return byStatus.get(status) ?? 'unreadable'
}
