import { isFull } from '@slipway/lab'

/** All cases in the full form, and only so many of the first in the short one. */
export function firstInShort<T>(count: number, cases: readonly T[]): T[] {
  return cases.slice(0, isFull() ? cases.length : count)
}
