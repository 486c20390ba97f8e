import { expect, it } from 'vitest'
import { retryDelay } from './backoff.ts'

const attempt = { attempt: 1, delay: 1_000, retryAfterMs: undefined, random: 0 }

it.each([
  [1, 0, 1_000],
  [2, 0, 2_000],
  [3, 0, 4_000],
  [1, 1, 500],
  [3, 0.5, 3_000],
])('waits twice as long each time, with chance: attempt %i, chance %f', (number, random, expected) => {
  expect(retryDelay({ ...attempt, attempt: number, random })).toBe(expected)
})

it('never waits shorter than whoever refused asked for', () => {
  expect(retryDelay({ ...attempt, retryAfterMs: 30_000 })).toBe(30_000)
  expect(retryDelay({ ...attempt, retryAfterMs: 10 })).toBe(1_000)
})
