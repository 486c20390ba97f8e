import { describe, expect, it } from 'vitest'
import { duration, size } from './units.ts'

describe('duration', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('reads %s as %i milliseconds', (text, expected) => {
    expect(duration.parse(text)).toBe(expected)
  })

  it.each([90, '90', '-1s', '1 s', '1w', '1S', '1s ', 's', '.5s', '1e3s', '', null])(
    'refuses %j',
    (value) => {
      expect(duration.safeParse(value).success).toBe(false)
    },
  )
})

describe('size', () => {
  it.each([
    ['0B', 0],
    ['500MB', 500_000_000],
    ['1.5GB', 1_500_000_000],
    ['2KiB', 2_048],
    ['1MiB', 1_048_576],
    ['1GiB', 1_073_741_824],
    ['1TiB', 1_099_511_627_776],
    ['1TB', 1_000_000_000_000],
    ['1KB', 1_000],
  ])('reads %s as %i bytes', (text, expected) => {
    expect(size.parse(text)).toBe(expected)
  })

  it.each([500, '500', '500mb', '500 MB', '-1MB', 'MB', '1PB', ''])('refuses %j', (value) => {
    expect(size.safeParse(value).success).toBe(false)
  })
})
