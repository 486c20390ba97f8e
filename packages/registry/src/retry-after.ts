import type { Clock } from '@slipway/core'

/** `Retry-After` in milliseconds from now, of either form; null when absent or unreadable. At most an hour. */
export function readRetryAfter(header: string | null, clock: Clock): number | null {
  const text = header?.trim() ?? ''
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - clock.now()
  if (text === '' || Number.isNaN(waitMs)) return null
  return Math.min(Math.max(waitMs, 0), longestWaitMs)
}

// A registry must not be able to put a project to sleep for good.
const longestWaitMs = 3_600_000
