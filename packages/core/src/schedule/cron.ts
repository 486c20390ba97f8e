import { CronExpressionParser } from 'cron-parser'
import { changeNear, isZone, timesAtWall, wallAt } from './zone.ts'

/** A cron expression with the zone in which its hours are meant. */
export interface CronRule {
  /** Five fields, or six with seconds first. */
  readonly cron: string
  /** IANA name, such as `Asia/Shanghai`. Default: UTC. */
  readonly timezone?: string | undefined
}

/** Why a rule cannot be used, in words for whoever wrote it; null when it can. */
export function refuseCron({ cron, timezone }: CronRule): { field: 'cron' | 'timezone'; why: string } | null {
  if (timezone !== undefined && !isZone(timezone))
    return { field: 'timezone', why: 'write the IANA name of a zone, such as "Asia/Shanghai"' }
  const fields = cron.trim().split(/\s+/)
  // The library takes fewer fields, with defaults that nobody expects, and draws a new value for "H" at each call.
  const isPlain =
    (fields.length === 5 || fields.length === 6) && !fields.some((field) => /(?:^|,)h/i.test(field))
  if (isPlain && occurs({ cron, timezone })) return null
  return {
    field: 'cron',
    why: 'write five cron fields, such as "0 3 * * 1-5" (minute hour day month weekday)',
  }
}

/** The first time after `now` at which the rule fires, in milliseconds since 1970. */
export function nextTime(rule: CronRule, now: number): number {
  return Math.min(...timesFrom(rule, now, 'next').filter((time) => time > now))
}

/** The last time at or before `now` at which the rule fired, in milliseconds since 1970. */
export function lastTime(rule: CronRule, now: number): number {
  return Math.max(...timesFrom(rule, now, 'prev').filter((time) => time <= now))
}

/**
 * Times at which the rule fires, at least one of them on the far side of `now`. The library reckons without zones
 * here: where an hour is skipped or repeated its way back disagrees with its way forward, or does not end. In the hour
 * that comes twice a rule fires once, unless it names every hour.
 */
function timesFrom({ cron, timezone = 'UTC' }: CronRule, now: number, way: 'next' | 'prev'): number[] {
  const wall = wallAt(timezone, now)
  const change = changeNear(timezone, now)
  // `prev` leaves out the moment itself.
  const start = way === 'next' ? wall - change : wall + change + 1
  const expression = CronExpressionParser.parse(cron, { currentDate: new Date(start), tz: 'UTC' })
  const isHourly = expression.fields.hour.values.length === 24
  const times: number[] = []
  for (;;) {
    const shown = expression[way]().getTime()
    const found = timesAtWall(timezone, shown)
    times.push(...(isHourly ? found : found.slice(0, 1)))
    if (way === 'next' ? shown > wall + change : shown < wall - change) return times
  }
}

// An expression such as the 30th of February is well formed and never fires.
function occurs(rule: CronRule): boolean {
  try {
    nextTime(rule, 0)
    return true
  } catch {
    return false
  }
}
