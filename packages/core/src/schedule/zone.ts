const day = 86_400_000
// Longer ago than this, no change of a zone's clock matters to what is about to come or has just been.
const near = 10_800_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clocks of a zone show at a time, written as if it were UTC; both in milliseconds since 1970. */
export function wallAt(zone: string, time: number): number {
  return time + offsetAt(zone, time)
}

/**
 * The times at which the clocks of a zone show this: one, or two where they are put back. What they skip when they
 * are put forward counts as so much later, so 02:30 is 03:30 then.
 */
export function timesAtWall(zone: string, wall: number): number[] {
  const before = offsetAt(zone, wall - day)
  const after = offsetAt(zone, wall + day)
  const shown = [...new Set([wall - before, wall - after])].filter((time) => wallAt(zone, time) === wall)
  return shown.length > 0 ? shown : [wall - before]
}

/** By how much the clocks of a zone are put forward or back around this time; mostly zero. */
export function changeNear(zone: string, time: number): number {
  return Math.abs(offsetAt(zone, time + near) - offsetAt(zone, time - near))
}

/** True for a name that this runtime knows. */
export function isZone(name: string): boolean {
  try {
    return formatOf(name).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function offsetAt(zone: string, time: number): number {
  const text = formatOf(zone).format(time)
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
  const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000
  return sign === '-' ? -size : size
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  formats.set(zone, format)
  return format
}
