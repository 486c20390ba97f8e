import type { Schedule } from '../config/schedule.ts'

/** When a job comes again, in the words of the queue: milliseconds, or a cron expression with the zone it is meant in. */
export interface Repeat {
  readonly every?: number
  readonly pattern?: string
  readonly tz?: string
}

export function repeatOf(schedule: Schedule): Repeat {
  if ('every' in schedule) return { every: schedule.every }
  return { pattern: schedule.cron, tz: schedule.timezone ?? 'UTC' }
}

export function isSameRepeat(there: Repeat, { every, pattern, tz }: Repeat): boolean {
  return (
    Number(there.every ?? 0) === (every ?? 0) &&
    there.pattern === pattern &&
    (pattern === undefined || there.tz === tz)
  )
}
