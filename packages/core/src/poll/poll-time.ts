/** Of a project that is polled. All times are milliseconds since 1970. */
export interface PollQuestion {
  readonly project: string
  /** Milliseconds from one question to the next. */
  readonly every: number
  /** When the registry was asked last, by whichever worker of the host; null when that is not known. */
  readonly askedAt: number | null
  /** When this worker began to poll. */
  readonly since: number
  readonly now: number
}

export interface PollTime {
  readonly isDue: boolean
  /** The turn that a question now is for: the same for all workers of a host. */
  readonly turn: number
  /** When it was or will be due. */
  readonly at: number
}

/** Milliseconds. What was missed while no worker ran is asked within this, or within the interval if that is shorter. */
const catchUp = 300_000

/**
 * When the registry is asked about a project. Its turns lie at fixed times, spread over the interval by its name, so
 * that neither a start nor a thousand projects make a crowd, and so that no start forgets whose turn it is.
 */
export function pollTime({ project, every, askedAt, since, now }: PollQuestion): PollTime {
  const spread = hashOf(project)
  const turn = now - modulo(now - (spread % every), every)
  // What was asked in the future tells of a clock that went back.
  if (askedAt !== null && askedAt <= now && askedAt >= turn) return { isDue: false, turn, at: turn + every }
  const missed = Math.min(since + (spread % Math.min(every, catchUp)), turn + every)
  const at = turn > since ? turn : missed
  return { isDue: at <= now, turn, at }
}

const longestPause = 3_600_000

/** How long a project is not asked about after so many failures in a row, in milliseconds: doubles up to an hour. */
export function pollPause(failures: number, every: number): number {
  return Math.min(every * 2 ** Math.max(failures - 1, 0), Math.max(every, longestPause))
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

// FNV-1a, 32 bits: spreads names that differ in one letter, and is the same on every machine.
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
