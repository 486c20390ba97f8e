import { z } from 'zod'

const durationUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const sizeUnits = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const
const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const sizePattern = /^(\d+(?:\.\d+)?)(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/

/** A duration as text (`90s`, `10m`) in the file, milliseconds in the program. */
export const duration = z
  .string({ error: 'write a duration as text, such as "90s" or "10m"' })
  .regex(durationPattern, { error: 'write a number and one of ms, s, m, h, d, such as "90s" or "10m"' })
  .transform((text) => Math.round(measure(text, durationPattern, durationUnits)))

/** Milliseconds of a duration as text; null for anything else and for nothing. */
export function readDuration(text: string): number | null {
  const read = duration.safeParse(text)
  return read.success && read.data > 0 ? read.data : null
}

/** A duration that would make no sense, or no end, as nothing. */
export const positiveDuration = duration.refine((length) => length > 0, { error: 'must be longer than "0s"' })

/** A size as text (`500MB`) in the file, bytes in the program. */
export const size = z
  .string({ error: 'write a size as text, such as "500MB"' })
  .regex(sizePattern, {
    error: 'write a number and one of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB, such as "500MB"',
  })
  .transform((text) => Math.round(measure(text, sizePattern, sizeUnits)))

function measure(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  const [, amount = '', unit = ''] = pattern.exec(text) ?? []
  return Number(amount) * (units[unit] ?? Number.NaN)
}
