import { expect, it } from 'vitest'
import { formatDuration } from './duration.ts'

it.each([
  [0, '0 ms'],
  [0.4, '0 ms'],
  [240, '240 ms'],
  [999.6, '1 s'],
  [1_540, '1.5 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min'],
  [125_000, '2 min 5 s'],
  [300_000, '5 min'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
])('%d ms are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
