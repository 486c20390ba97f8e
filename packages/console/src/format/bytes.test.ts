import { expect, it } from 'vitest'
import { formatBytes, formatShare } from './bytes.ts'

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [1_550, '1.6 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_949, '1.0 MB'],
  [123_456_789, '123 MB'],
  [5e12, '5.0 TB'],
  [2e18, '2000 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

it('says how much of a disk is free, and never more than it is', () => {
  expect([formatShare(1, 3), formatShare(999, 1_000), formatShare(0, 0)]).toEqual(['33 %', '99 %', '-'])
})
