/** Deploys of a project, or of all, are held back by a person. Times are milliseconds since 1970. */
export interface Freeze {
  /** Null when every project of the host is frozen. */
  readonly project: string | null
  readonly by: string
  readonly since: number
  /** Null when only a person ends it. */
  readonly until: number | null
  readonly reason: string
}

/** True as long as a freeze holds back. */
export function isFrozen({ until }: Freeze, now: number): boolean {
  return until === null || until > now
}

/** Who froze what, since when, until when and why: the same words wherever it is shown. */
export function describeFreeze({ by, since, until, reason }: Freeze): string {
  const end = until === null ? '' : ` until ${formatMinute(until)}`
  return `frozen by ${by} since ${formatMinute(since)}${end}: ${reason}`
}

/** `2026-11-24 21:15Z`: for messages, where seconds say nothing. */
export function formatMinute(time: number): string {
  return new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, 'Z')
}
