import { describe, expect, it } from 'vitest'
import { isReason, longestReason, readUntil } from './freeze-terms.ts'

const now = Date.UTC(2026, 10, 24, 21)
const hour = 3_600_000

describe('readUntil', () => {
  it.each([
    ['2h', now + 2 * hour],
    ['1.5h', now + 1.5 * hour],
    ['3d', now + 72 * hour],
    ['2026-12-27T08:00Z', Date.UTC(2026, 11, 27, 8)],
    ['2026-12-27 08:00Z', Date.UTC(2026, 11, 27, 8)],
    ['2026-12-27T08:00:30.5+08:00', Date.UTC(2026, 11, 27, 0, 0, 30, 500)],
  ])('reads %s', (text, until) => {
    expect(readUntil(text, now)).toBe(until)
  })

  it.each([
    ['a time that is past', '2026-11-24T20:59Z'],
    ['now itself', '2026-11-24T21:00Z'],
    ['no duration at all', '0s'],
    ['a time without its zone, which would mean another one on each machine', '2026-12-27T08:00'],
    ['a day alone', '2026-12-27'],
    ['a day that its month does not have', '2027-02-29T08:00Z'],
    ['an hour that no day has', '2026-12-27T25:00Z'],
    ['a duration past every calendar', '99999999999999d'],
    ['a duration without its unit', '90'],
    ['a negative duration', '-2h'],
    ['words', 'tomorrow'],
    ['nothing', ''],
  ])('takes no %s', (_what, text) => {
    expect(readUntil(text, now)).toBeNull()
  })
})

describe('isReason', () => {
  it.each(['audit', 'Black Friday – 你好', 'x'.repeat(longestReason)])('takes %s', (text) => {
    expect(isReason(text)).toBe(true)
  })

  it.each(['', '   ', 'x'.repeat(longestReason + 1), 'a\nb', 'a\tb', '\u001b[2J', 'a\u2028b', '\ud800'])(
    'takes no %j',
    (text) => {
      expect(isReason(text)).toBe(false)
    },
  )
})
