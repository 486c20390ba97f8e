import type { Timer } from '../../src/ports/timer.ts'

export interface ManualTimer extends Timer {
  /** Every pause that was asked for. */
  readonly pauses: number[]
}

/** Time that passes only by being slept. */
export function createManualTimer(start = 1_700_000_000_000): ManualTimer {
  const pauses: number[] = []
  let now = start
  return {
    pauses,
    now: () => now,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted()
      pauses.push(milliseconds)
      now += milliseconds
    },
  }
}
