/** A moment for a person. */
export interface TimeWords {
  /** How far away: `just now`, `4 min ago`, `in 2 h`. */
  readonly distance: string
  /** When, in the zone, as short as it can be: `14:03` today, else `2026-11-28 14:03`. */
  readonly short: string
  /** To the millisecond, with the zone. */
  readonly exact: string
}

const nearby = 10_000
const steps = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** Words for a moment, seen from another; both in milliseconds since 1970. */
export function timeWords(at: number, now: number, zone: string): TimeWords {
  const [day, time] = partsOf(at, zone)
  const [today] = partsOf(now, zone)
  const milliseconds = String(((at % 1_000) + 1_000) % 1_000).padStart(3, '0')
  return {
    distance: distanceWords(at - now),
    short: day === today ? time.slice(0, 5) : `${day} ${time.slice(0, 5)}`,
    exact: `${day} ${time}.${milliseconds} ${zone}`,
  }
}

function distanceWords(distance: number): string {
  const far = Math.abs(distance)
  if (distance > -nearby && distance < 1_000) return distance > 0 ? 'now' : 'just now'
  const [unit, size] = steps.find(([, least]) => far >= least) ?? steps[3]
  const count = `${Math.floor(far / size)} ${unit}`
  return distance > 0 ? `in ${count}` : `${count} ago`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2026-11-28` and `14:03:22`. */
function partsOf(at: number, zone: string): readonly [day: string, time: string] {
  let format = formats.get(zone)
  if (!format) {
    const two = '2-digit'
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
    })
    formats.set(zone, format)
  }
  const found = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return [`${found.year}-${found.month}-${found.day}`, `${found.hour}:${found.minute}:${found.second}`]
}
