import { duration } from '../config/units.ts'

/** Letters that the reason of a freeze may have. */
export const longestReason = 500

// The year 9999: past it a time is no longer written as people expect.
const latest = 253_402_300_799_999
const moment =
  /^(?<day>\d{4}-\d\d-\d\d)[T ](?<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(?<zone>Z|[+-]\d\d:\d\d)$/

/** True for a reason that fits into one line of any page, log or terminal and says something. */
export function isReason(text: string): boolean {
  return text.length <= longestReason && text.trim() !== '' && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
}

/**
 * When a freeze ends, in milliseconds since 1970, from a time with its zone (`2026-12-27T08:00Z`) or from a duration
 * (`2h`); null for anything else and for what is not ahead of `now`.
 */
export function readUntil(text: string, now: number): number | null {
  const length = duration.safeParse(text)
  const until = length.success ? now + length.data : readMoment(text)
  return until > now && until <= latest ? until : null
}

function readMoment(text: string): number {
  const { day = '', clock = '', zone = '' } = moment.exec(text)?.groups ?? {}
  const midnight = new Date(`${day}T00:00Z`)
  // Where a month has no such day the runtime goes on counting into the next one.
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
  return isDay ? Date.parse(`${day}T${clock}${zone}`) : Number.NaN
}
