import { describe, expect, it } from 'vitest'
import { describeFreeze, type Freeze, formatMinute, isFrozen } from './freeze.ts'

const freeze: Freeze = {
  project: 'shop',
  by: 'ada',
  since: Date.UTC(2026, 10, 24, 21, 15, 30),
  until: Date.UTC(2026, 10, 25, 8),
  reason: 'sale',
}

describe('a freeze', () => {
  it('holds back until its end, and no longer', () => {
    const end = freeze.until ?? 0

    expect([end - 1, end, end + 1].map((now) => isFrozen(freeze, now))).toEqual([true, false, false])
  })

  it('without an end holds back for good', () => {
    expect(isFrozen({ ...freeze, until: null }, Number.MAX_SAFE_INTEGER)).toBe(true)
  })

  it('tells who, since when, until when and why', () => {
    expect(describeFreeze(freeze)).toBe('frozen by ada since 2026-11-24 21:15Z until 2026-11-25 08:00Z: sale')
    expect(describeFreeze({ ...freeze, project: null, until: null })).toBe(
      'frozen by ada since 2026-11-24 21:15Z: sale',
    )
  })

  it('is written to the minute', () => {
    expect(formatMinute(Date.UTC(2026, 0, 2, 3, 4, 59, 999))).toBe('2026-01-02 03:04Z')
  })
})
