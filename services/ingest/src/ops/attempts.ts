import type { Clock } from '@slipway/core'

const window = 60_000
const allowed = 5
const mostAddresses = 10_000

/** Counts failed logins by address. */
export interface Attempts {
  /** Milliseconds that this address has to wait; 0 when it may try. */
  waitOf(address: string): number
  failed(address: string): void
}

export function createAttempts(clock: Clock): Attempts {
  const failures = new Map<string, readonly number[]>()

  function recent(address: string): readonly number[] {
    return (failures.get(address) ?? []).filter((at) => at > clock.now() - window)
  }

  return {
    waitOf(address) {
      const times = recent(address)
      const [oldest] = times
      return oldest === undefined || times.length < allowed ? 0 : oldest + window - clock.now()
    },
    failed(address) {
      const times = [...recent(address), clock.now()]
      // Taken out and put in again, so that the first entry is the one that failed longest ago.
      failures.delete(address)
      failures.set(address, times)
      const [first] = failures.keys()
      if (failures.size > mostAddresses && first !== undefined) failures.delete(first)
    },
  }
}
