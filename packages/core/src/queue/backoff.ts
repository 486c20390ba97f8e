/** Name of the way in which a nudge is put off before it is tried again. */
export const backoffType = 'slipway'

export interface FailedAttempt {
  /** 1 after the first attempt. */
  readonly attempt: number
  /** Milliseconds before the second attempt. */
  readonly delay: number
  /** Milliseconds that whoever refused asked us to wait, if it did. */
  readonly retryAfterMs: number | undefined
  /** From 0 to 1. */
  readonly random: number
}

// Half of the pause is chance: what failed together must not come back together.
const jitter = 0.5

/** Milliseconds until the next attempt: twice as long each time, and never shorter than was asked for. */
export function retryDelay({ attempt, delay, retryAfterMs = 0, random }: FailedAttempt): number {
  const longest = delay * 2 ** (attempt - 1)
  return Math.max(Math.round(longest * (1 - jitter * random)), retryAfterMs)
}
