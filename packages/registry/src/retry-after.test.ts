import { describe, expect, it } from 'vitest'
import { readRetryAfter } from './retry-after.ts'

const clock = { now: () => Date.parse('2026-08-01T12:00:00Z') }

describe('readRetryAfter', () => {
  it.each([
    [null, null],
    ['', null],
    ['soon', null],
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['Sat, 01 Aug 2026 12:00:30 GMT', 30_000],
    ['Sat, 01 Aug 2026 11:00:00 GMT', 0],
    ['999999999999', 3_600_000],
    ['Sat, 01 Aug 2099 12:00:00 GMT', 3_600_000],
  ])('reads %j as %j ms', (header, expected) => {
    expect(readRetryAfter(header, clock)).toBe(expected)
  })
})
