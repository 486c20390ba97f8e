import type { RefusedCalls } from '@slipway/store'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createRefusalAudit, type RefusalAudit, type Refused } from './refusal-audit.ts'

const wrong: Refused = { hook: 'main', source: 'acr', reason: 'proof-wrong', peer: '192.0.2.1', status: 404 }
const start = Date.UTC(2026, 10, 23)

let written: RefusedCalls[][]
let lost: number[]
let failure: Error | null
let audit: RefusalAudit

beforeEach(() => {
  vi.useFakeTimers({ now: start })
  written = []
  lost = []
  failure = null
  audit = createRefusalAudit({
    clock: Date,
    onLost: (calls) => lost.push(calls),
    async write(calls) {
      if (failure) throw failure
      written.push([...calls])
    },
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const lines = () => written.flat()
const calls = () => lines().reduce((sum, { count }) => sum + count, 0)

it('writes calls that are alike as one line, a second after the first', async () => {
  for (let call = 0; call < 3; call += 1) audit.note(wrong)
  audit.note({ ...wrong, reason: 'not-of-source', status: 422 })
  await vi.advanceTimersByTimeAsync(999)
  expect(written).toEqual([])

  await vi.advanceTimersByTimeAsync(1)

  expect(written).toEqual([
    [
      { ...wrong, at: start, count: 3 },
      { ...wrong, reason: 'not-of-source', status: 422, at: start, count: 1 },
    ],
  ])
})

it('has a line for each of some callers, and one for all the others', async () => {
  for (let caller = 0; caller < 10_000; caller += 1) audit.note({ ...wrong, peer: `2001:db8::${caller}` })
  audit.note({ ...wrong, peer: '2001:db8::0' })
  await vi.advanceTimersByTimeAsync(1_000)

  expect(lines()).toHaveLength(51)
  expect(lines()[0]).toMatchObject({ peer: '2001:db8::0', count: 2 })
  expect(lines().at(-1)).toMatchObject({ hook: 'main', peer: null, count: 9_950 })
})

it('writes a flood by a few lines a minute, and loses none of its calls', async () => {
  const seconds = 600
  for (let second = 0; second < seconds; second += 1) {
    for (let call = 0; call < 20; call += 1) audit.note({ ...wrong, hook: null, source: null })
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await audit.close()

  expect(calls()).toBe(20 * seconds)
  expect(lines().length).toBeLessThan(20)
})

it('is as quick as before when the flood is over', async () => {
  for (let second = 0; second < 100; second += 1) {
    audit.note(wrong)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  await vi.advanceTimersByTimeAsync(600_000)
  written = []

  audit.note(wrong)
  await vi.advanceTimersByTimeAsync(1_000)

  expect(calls()).toBe(1)
})

it('says how many calls could not be written, and goes on', async () => {
  failure = new Error('Redis is away')
  for (let call = 0; call < 7; call += 1) audit.note(wrong)
  await vi.advanceTimersByTimeAsync(1_000)
  failure = null
  audit.note(wrong)
  await vi.advanceTimersByTimeAsync(60_000)

  expect(lost).toEqual([7])
  expect(calls()).toBe(1)
})

it('writes what is left when it is closed, and nothing afterwards', async () => {
  audit.note(wrong)

  await audit.close()
  audit.note(wrong)
  await vi.advanceTimersByTimeAsync(60_000)

  expect(calls()).toBe(1)
})
