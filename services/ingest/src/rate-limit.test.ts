import { expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

it('takes so many calls a minute for each key', () => {
  const limit = createRateLimit(2)

  expect(['a', 'a', 'a', 'b'].map((key) => limit.take(key, 0))).toEqual([0, 0, 60, 0])
})

it('says how long it is until the next minute, at least a second', () => {
  const limit = createRateLimit(1)
  limit.take('a', 120_000)

  expect([120_001, 150_000, 179_999].map((now) => limit.take('a', now))).toEqual([60, 30, 1])
  expect(limit.take('a', 180_000)).toBe(0)
})

it('does not stay shut when the clock goes back', () => {
  const limit = createRateLimit(1)
  limit.take('a', 600_000)

  expect([limit.take('a', 0), limit.take('a', 1)]).toEqual([0, 60])
})

it('has no limit at 0', () => {
  const limit = createRateLimit(0)

  expect(Array.from({ length: 5_000 }, () => limit.take('a', 0)).every((wait) => wait === 0)).toBe(true)
})
