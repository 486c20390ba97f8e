import type { DiskFigures } from '../prune/record.ts'

/** Parts of a disk, as fractions of 1. */
export interface DiskThresholds {
  /** Somebody is told when less than this is free. */
  readonly warn: number
  /** Something is done when less than this is free. */
  readonly act: number
}

/** What is remembered of one disk between two looks. */
export interface DiskMemory {
  /** Somebody was told that it is low, and it has not recovered since. */
  readonly isWarned: boolean
  /** Somebody was told that the policy leaves it too full, and it has not recovered since. */
  readonly isAdvised: boolean
}

export interface DiskVerdict {
  readonly memory: DiskMemory
  /** Somebody has to be told that it is low. */
  readonly tellsLow: boolean
  /** It was told as low and has recovered. */
  readonly isRecovered: boolean
  /** Too little is free to wait for the next prune by the clock. */
  readonly isPressing: boolean
}

export const freshDisk: DiskMemory = { isWarned: false, isAdvised: false }

/** So much more has to be free before a disk that was low counts as recovered: one at the edge is told of once. */
const recovery = 0.02

/** What is free, of space or of inodes, whichever is less; 1 for a disk that tells nothing. */
export function freePart({ bytes, freeBytes, inodes, freeInodes }: DiskFigures): number {
  const part = (free: number, all: number) => (all > 0 ? free / all : 1)
  return Math.min(part(freeBytes, bytes), part(freeInodes, inodes))
}

export function isBelow(figures: DiskFigures, threshold: number): boolean {
  return freePart(figures) < threshold
}

/** What one look at a disk calls for. */
export function judgeDisk(
  figures: DiskFigures,
  { warn, act }: DiskThresholds,
  before: DiskMemory,
): DiskVerdict {
  const free = freePart(figures)
  const tellsLow = free < warn && !before.isWarned
  const hasRecovered = (threshold: number) => free >= Math.min(1, threshold + recovery)
  const isRecovered = before.isWarned && hasRecovered(warn)
  return {
    memory: {
      isWarned: tellsLow || (before.isWarned && !isRecovered),
      isAdvised: before.isAdvised && !hasRecovered(act),
    },
    tellsLow,
    isRecovered,
    isPressing: free < act,
  }
}

/** What came of the last prune out of turn. */
export interface LastAct {
  /** Milliseconds since 1970, of its end. */
  readonly at: number
  /** No disk was below `act` afterwards. */
  readonly helped: boolean
}

/** Milliseconds between two prunes out of turn. One that did not help has nothing more to delete for a while. */
export const actPauses = { helped: 10 * 60_000, inVain: 60 * 60_000 } as const

export function mayAct(last: LastAct | null, now: number): boolean {
  if (!last) return true
  // A clock that was put back must not end all prunes.
  const passed = Math.abs(now - last.at)
  return passed >= (last.helped ? actPauses.helped : actPauses.inVain)
}
