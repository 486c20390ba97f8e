import { describe, expect, it } from 'vitest'
import { type PollQuestion, pollPause, pollTime } from './poll-time.ts'

const minute = 60_000
const every = 5 * minute
const names = Array.from({ length: 1_000 }, (_, at) => `site-${at}`)
const start = Date.UTC(2026, 10, 24, 2)

function ask(more: Partial<PollQuestion>) {
  return pollTime({ project: 'shop', every, askedAt: null, since: start, now: start, ...more })
}

/** How many projects are due for the first time in each part of a time. */
function crowd(parts: number, length: number, dueAt: (project: string) => number): number[] {
  const counts = Array.from({ length: parts }, () => 0)
  for (const name of names) {
    const part = Math.floor(((dueAt(name) - start) / length) * parts)
    counts[part] = (counts[part] ?? 0) + 1
  }
  return counts
}

describe('pollTime', () => {
  it('gives a project a turn in each interval, at a time of its own', () => {
    const { turn, at } = ask({ askedAt: start, now: start + 1 })

    expect(at).toBe(turn + every)
    expect(ask({ askedAt: start, now: at - 1 }).isDue).toBe(false)
    expect(ask({ askedAt: start, now: at })).toEqual({ isDue: true, turn: at, at })
    expect(ask({ askedAt: at, now: at }).isDue).toBe(false)
    expect(ask({ askedAt: at, now: at + every })).toMatchObject({ isDue: true, turn: at + every })
  })

  it('spreads a thousand projects over the interval', () => {
    const counts = crowd(10, every, (project) => ask({ project, askedAt: start, now: start + 1 }).at)

    expect(Math.max(...counts)).toBeLessThan(150)
    expect(Math.min(...counts)).toBeGreaterThan(50)
  })

  it.each([
    ['were never asked about', null],
    ['were missed while no worker ran', start - 100 * every],
  ])('makes no crowd at a start of those that %s', (_what, askedAt) => {
    const counts = crowd(10, every, (project) => ask({ project, askedAt }).at)

    expect(Math.max(...counts)).toBeLessThan(200)
    expect(names.filter((project) => ask({ project, askedAt, now: start + every }).isDue)).toHaveLength(1_000)
  })

  it('asks soon after a start about what was missed of a long interval', () => {
    const day = 86_400_000
    const late = names.filter(
      (project) => ask({ project, every: day, askedAt: start - 3 * day, now: start }).at > start + every,
    )

    expect(late).toEqual([])
  })

  it('forgets no turn and takes none twice, whoever restarts', () => {
    const first = ask({ askedAt: start, now: start + 1 }).at
    // The worker ends right after it asked; the next one begins a moment later.
    const restarted = { askedAt: first, since: first + 1_000 }

    expect(ask({ ...restarted, now: first + 2_000 }).isDue).toBe(false)
    expect(ask({ ...restarted, now: first + every }).isDue).toBe(true)
  })

  it('does not wait for a time that was noted by a clock that has gone back', () => {
    expect(ask({ askedAt: start + 86_400_000, now: start + every }).isDue).toBe(true)
  })

  it('names the same turn for two workers that look at different moments of it', () => {
    const { turn } = ask({ now: start })

    expect(ask({ since: start - every, now: start + 1 }).turn).toBe(turn)
  })
})

describe('pollPause', () => {
  it.each([
    [1, every, every],
    [2, every, 2 * every],
    [3, every, 4 * every],
    [9, every, 60 * minute],
    [5_000, every, 60 * minute],
    [1, 10_000, 10_000],
    [7, 86_400_000, 86_400_000],
  ])('after %i failures of one asked each %i ms is %i ms', (failures, interval, pause) => {
    expect(pollPause(failures, interval)).toBe(pause)
  })
})
