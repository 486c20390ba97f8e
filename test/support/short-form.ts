import { isFull } from '@slipway/lab'
import { it } from 'vitest'

/** All cases in the full form, and only so many of the first in the short one. */
export function firstInShort<T>(count: number, cases: readonly T[]): T[] {
  return cases.slice(0, isFull() ? cases.length : count)
}

interface RegisterInFull {
  (name: string, run: () => Promise<void>, timeoutMs?: number): void
  each<T>(cases: readonly T[]): (name: string, run: (one: T) => Promise<void>, timeoutMs?: number) => void
}

/** A test of the full form. In the short one it does not exist: one that is skipped looks like one that was given up. */
export const inFull: RegisterInFull = Object.assign(
  (...test: Parameters<RegisterInFull>) => {
    if (isFull()) it(...test)
  },
  {
    each:
      <T>(cases: readonly T[]) =>
      (name: string, run: (one: T) => Promise<void>, timeoutMs?: number) => {
        if (isFull()) it.each(cases.map((one) => [one] as const))(name, (one) => run(one), timeoutMs)
      },
  },
)
