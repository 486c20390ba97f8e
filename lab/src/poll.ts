import { setTimeout as delay } from 'node:timers/promises'

export interface PollOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string
  /** Milliseconds until it is given up. Default: 30 seconds. */
  readonly timeoutMs?: number
  /** Milliseconds between two looks. Default: 50. */
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Looks again and again until something other than undefined or false is found, and gives that.
 * @throws Error naming what did not come, with the last failure as its cause
 */
export async function poll<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: PollOptions,
): Promise<T> {
  const { what, timeoutMs = 30_000, everyMs = 50, signal } = options
  const deadline = performance.now() + timeoutMs
  let cause: unknown
  do {
    signal?.throwIfAborted()
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    await delay(everyMs, undefined, { signal })
  } while (performance.now() < deadline)
  throw new Error(`gave up after ${timeoutMs} ms waiting for ${what}`, { cause })
}
