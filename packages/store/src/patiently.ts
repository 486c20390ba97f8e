import { setTimeout as pause } from 'node:timers/promises'

/** How the errors begin with which Redis refuses for a while: full memory or disk, a replica, a start under way. */
const passing = /^(?:OOM|MISCONF|READONLY|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|EXECABORT)\b/
const between = 1_000

/**
 * Tries again what Redis refuses for a while, until it takes it: for what must not be lost and can be done twice. A
 * Redis that is away is waited for by the connection itself.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isRefusal(error)) throw error
      await pause(between)
    }
  }
}

/** True for an error by which Redis refuses for a while. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && passing.test(error.message)
}
