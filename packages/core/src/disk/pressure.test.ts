import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DiskFigures } from '../prune/record.ts'
import { actPauses, type DiskMemory, freePart, freshDisk, judgeDisk, mayAct } from './pressure.ts'

const thresholds = { warn: 0.15, act: 0.1 }

function diskWith(free: number, freeInodes = 1): DiskFigures {
  return {
    ...{ of: 'engine', path: '/var/lib/docker' },
    ...{ bytes: 1_000_000, freeBytes: free * 1_000_000, inodes: 1_000, freeInodes: freeInodes * 1_000 },
  }
}

/** What is told over a row of looks: `w` low, `r` recovered, `!` pressing. */
function tell(parts: readonly number[], limits = thresholds): string {
  let memory: DiskMemory = freshDisk
  return parts
    .map((part) => {
      const verdict = judgeDisk(diskWith(part), limits, memory)
      memory = verdict.memory
      const marks = [verdict.tellsLow && 'w', verdict.isRecovered && 'r', verdict.isPressing && '!']
      return marks.filter(Boolean).join('') || '.'
    })
    .join(' ')
}

describe('a disk', () => {
  it.each([
    ['with room is nothing to talk about', [0.9, 0.5, 0.15], '. . .'],
    ['that is low is told once', [0.2, 0.149, 0.14, 0.12], '. w . .'],
    ['that is very low calls for a prune each time', [0.099, 0.05, 0], 'w! ! !'],
    ['that is exactly at a threshold is not below it', [0.15, 0.1], '. w'],
    ['at the edge is told once', [0.149, 0.151, 0.149, 0.16, 0.149], 'w . . . .'],
    ['that has recovered is told again when it is low again', [0.149, 0.18, 0.149], 'w r w'],
  ])('%s', (_what, parts, expected) => {
    expect(tell(parts)).toBe(expected)
  })

  it('is never talked of where both thresholds are 0 %', () => {
    expect(tell([0.5, 0.01, 0], { warn: 0, act: 0 })).toBe('. . .')
  })

  it('is as full as what it has least of, and one without a count of inodes has enough', () => {
    expect(freePart(diskWith(0.5, 0.05))).toBe(0.05)
    expect(freePart(diskWith(0.05, 0.5))).toBe(0.05)
    expect(freePart({ ...diskWith(0.5), inodes: 0, freeInodes: 0 })).toBe(0.5)
    expect(freePart({ ...diskWith(0), bytes: 0 })).toBe(1)
  })

  it('forgets that advice was given when it has recovered, not before', () => {
    const advised = { isWarned: true, isAdvised: true }

    expect(judgeDisk(diskWith(0.11), thresholds, advised).memory.isAdvised).toBe(true)
    expect(judgeDisk(diskWith(0.13), thresholds, advised).memory).toEqual({
      isWarned: true,
      isAdvised: false,
    })
  })

  it('is told as low at most once between two recoveries, whatever it does, and never pressing above `act`', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    const limits = fc
      .tuple(fc.double({ min: 0, max: 0.9, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([warn, share]) => ({ warn, act: warn * share }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 50 }), limits, (parts, { warn, act }) => {
        const marks = tell(parts, { warn, act }).split(' ')
        let isTold = false
        for (const [at, mark] of marks.entries()) {
          const free = parts[at] ?? 1
          if (mark.includes('w')) {
            expect(isTold).toBe(false)
            expect(free).toBeLessThan(warn)
            isTold = true
          }
          if (mark.includes('r')) {
            expect(isTold).toBe(true)
            expect(free).toBeGreaterThanOrEqual(warn)
            isTold = false
          }
          expect(mark.includes('!')).toBe(free < act)
          if (free < warn) expect(isTold).toBe(true)
        }
      }),
    )
  })
})

describe('a prune out of turn', () => {
  const at = 1_000_000_000
  it.each([
    ['the first', null, at, true],
    ['soon after one that helped', { at, helped: true }, at + actPauses.helped - 1, false],
    ['a while after one that helped', { at, helped: true }, at + actPauses.helped, true],
    ['a while after one in vain', { at, helped: false }, at + actPauses.helped, false],
    ['long after one in vain', { at, helped: false }, at + actPauses.inVain, true],
    ['after the clock was put back by a day', { at, helped: true }, at - 86_400_000, true],
  ])('%s', (_what, last, now, may) => {
    expect(mayAct(last, now)).toBe(may)
  })
})
