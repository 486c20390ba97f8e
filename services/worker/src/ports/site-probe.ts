import type { HealthCheck } from '@slipway/core'

/** What one look at a site came to. */
export interface Look {
  /** `pending`: whoever is asked does not know yet and will; that is no failure. */
  readonly result: 'well' | 'unwell' | 'pending'
  /** What was seen, in words that go on from the name of the check: `answered 503`. Plain, and not endless. */
  readonly said: string
}

/** Looks whether a site is well, in each way that a check can. */
export interface SiteProbe {
  /**
   * One try, within the `timeout` of the check. Never throws but when `signal` fires. What somebody else saw before
   * `since` (milliseconds since 1970; default 0) counts for nothing: it was of the version before.
   */
  look(check: HealthCheck, signal: AbortSignal, since?: number): Promise<Look>
}
