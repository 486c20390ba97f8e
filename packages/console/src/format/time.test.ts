import { describe, expect, it } from 'vitest'
import { timeWords } from './time.ts'

const at = Date.parse('2026-11-28T15:59:58.042Z')
const [shanghai, utc] = ['Asia/Shanghai', 'UTC']

describe('a moment', () => {
  it('is told in the zone of the viewer, exact to the millisecond', () => {
    expect(timeWords(at, at, shanghai)).toEqual({
      distance: 'just now',
      short: '23:59',
      exact: '2026-11-28 23:59:58.042 Asia/Shanghai',
    })
    expect(timeWords(at, at, utc).exact).toBe('2026-11-28 15:59:58.042 UTC')
  })

  it('names its day when that is another one in the zone of the viewer', () => {
    const later = at + 10_000

    expect(timeWords(at, later, shanghai).short).toBe('2026-11-28 23:59')
    expect(timeWords(at, later, utc).short).toBe('15:59')
  })

  it('begins its day at 00:00', () => {
    expect(timeWords(Date.parse('2026-11-27T16:00:00Z'), at, shanghai).short).toBe('00:00')
  })

  it.each([
    [9_000, 'just now'],
    [10_000, '10 s ago'],
    [59_999, '59 s ago'],
    [60_000, '1 min ago'],
    [3_600_000, '1 h ago'],
    [86_400_000 * 2.5, '2 d ago'],
    [-900, 'now'],
    [-7_000, 'in 7 s'],
    [-12_000, 'in 12 s'],
    [-7_200_000, 'in 2 h'],
  ])('%d ms later is called %s', (later, words) => {
    expect(timeWords(at, at + later, utc).distance).toBe(words)
  })
})
