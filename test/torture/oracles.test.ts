import { describe, expect, it } from 'vitest'
import { readWorkerLine, type TortureEvent } from './events.ts'
import {
  type EndRecord,
  findBackwardSwitches,
  findBadLooks,
  findNotNewest,
  findOverlaps,
  findUnaccounted,
} from './oracles.ts'
import { createRandom } from './random.ts'

const held = (at: number, worker: string, project = 'shop') =>
  ({ at, kind: 'held', project, worker }) as const
const freed = (at: number, worker: string, project = 'shop') =>
  ({ at, kind: 'freed', project, worker }) as const
const gone = (at: number, worker: string) => ({ at, kind: 'gone', worker }) as const
const switched = (at: number, seq: number) =>
  ({ at, kind: 'switched', project: 'shop', worker: 'a', seq }) as const
const accepted = (deployment: string, push: number, seq = push): TortureEvent => ({
  at: push,
  kind: 'accepted',
  project: 'shop',
  deployment,
  seq,
  push,
})
const record = (deployment: string, state: string, more: Partial<EndRecord> = {}): [string, EndRecord] => [
  deployment,
  { deployment, state, seq: 1, supersededBy: '', errorCode: '', ...more },
]

describe('the oracle of overlaps', () => {
  it.each<[string, TortureEvent[]]>([
    ['one after the other', [held(1, 'a'), freed(2, 'a'), held(3, 'b'), freed(4, 'b')]],
    ['after a worker was killed', [held(1, 'a'), gone(2, 'a'), held(3, 'b')]],
    ['of different projects', [held(1, 'a', 'shop'), held(2, 'b', 'blog')]],
    ['written down in another order', [held(3, 'b'), held(1, 'a'), freed(2, 'a')]],
  ])('finds none in runs %s', (_what, events) => {
    expect(findOverlaps(events)).toEqual([])
  })

  it.each<[string, TortureEvent[]]>([
    ['of two workers', [held(1, 'a'), held(2, 'b'), freed(3, 'a')]],
    ['of one worker', [held(1, 'a'), held(2, 'a')]],
    ['beside one that was killed later', [held(1, 'a'), held(2, 'b'), gone(3, 'a')]],
    ['when another project was freed', [held(1, 'a'), freed(2, 'a', 'blog'), held(3, 'b')]],
  ])('finds the one %s', (_what, events) => {
    expect(findOverlaps(events)).toHaveLength(1)
  })
})

describe('the oracle of the order', () => {
  it('finds a switch to an older one, also behind a way back', () => {
    const back: TortureEvent = { at: 3, kind: 'went-back', project: 'shop', worker: 'a', seq: 10 }

    expect(findBackwardSwitches([switched(1, 10), switched(2, 20), back, switched(4, 30)])).toEqual([])
    expect(findBackwardSwitches([switched(1, 10), switched(2, 20), back, switched(4, 15)])).toHaveLength(1)
  })

  it('finds what gets older, or goes away, on the disk', () => {
    const look = (at: number, seq: number | null) => ({ at, project: 'shop', seq, why: 'missing' })

    expect(findBadLooks([look(1, null), look(2, 10), look(3, 20)], new Set())).toEqual([])
    expect(findBadLooks([look(1, 10), look(2, 20), look(3, 10)], new Set([20]))).toEqual([])
    expect(findBadLooks([look(1, 20), look(2, 10)], new Set())).toHaveLength(1)
    expect(findBadLooks([look(1, 20), look(2, null)], new Set())).toEqual(['shop: missing'])
  })
})

describe('the oracle of what was accepted', () => {
  it('is content when all have an end and gave way to something newer', () => {
    const records = new Map([
      record('d1', 'superseded', { supersededBy: 'd2', seq: 1 }),
      record('d2', 'live', { seq: 2 }),
    ])

    expect(findUnaccounted([accepted('d1', 1), accepted('d2', 2)], records)).toEqual([])
  })

  it.each<[string, [string, EndRecord][]]>([
    ['is forgotten', []],
    ['has no end', [record('d1', 'pull')]],
    ['gave way to nothing', [record('d1', 'superseded')]],
    [
      'gave way to an older one',
      [record('d1', 'superseded', { supersededBy: 'd0', seq: 2 }), record('d0', 'live')],
    ],
  ])('finds one that %s', (_what, records) => {
    expect(findUnaccounted([accepted('d1', 1)], new Map(records))).toHaveLength(1)
  })

  it('wants the newest live, or one that is newer still', () => {
    const events = [accepted('d1', 1), accepted('d2', 4)]

    expect(findNotNewest(events, () => 4)).toEqual([])
    expect(findNotNewest(events, () => 5)).toEqual([])
    expect(findNotNewest(events, () => 3)).toHaveLength(1)
    expect(findNotNewest(events, () => null)).toHaveLength(1)
  })
})

describe('a line of a worker', () => {
  it.each([
    [{ monotonic: 7, project: 'shop', msg: 'mutex', phase: 'held' }, held(7, 'w')],
    [
      { monotonic: 7, project: 'shop', msg: 'current changed', kind: 'switched', seq: 3, to: 'x' },
      { at: 7, kind: 'switched', project: 'shop', worker: 'w', seq: 3 },
    ],
    [{ monotonic: 7, project: 'shop', msg: 'deploy', text: 'x' }, null],
  ])('%j becomes %j', (line, event) => {
    expect(readWorkerLine(JSON.stringify(line), 'w')).toEqual(event)
  })

  it('that was cut off says nothing', () => {
    expect(readWorkerLine('{"monotonic":7,"proj', 'w')).toBeNull()
  })
})

it('chance comes again with the same seed and keeps to its weights', () => {
  const [one, two] = [createRandom(42), createRandom(42)]
  const many = Array.from({ length: 1_000 }, () => one.weighted({ often: 9, seldom: 1, never: 0 }))

  expect(many).toEqual(Array.from({ length: 1_000 }, () => two.weighted({ often: 9, seldom: 1, never: 0 })))
  expect(many.filter((name) => name === 'seldom').length).toBeGreaterThan(50)
  expect(many).not.toContain('never')
})
