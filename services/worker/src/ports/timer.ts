import type { Clock } from '@slipway/core'

export interface Timer extends Clock {
  /** Rejects with the reason of the signal when it fires first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}
