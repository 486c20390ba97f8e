import { setTimeout as pause } from 'node:timers/promises'
import type { Timer } from '../ports/timer.ts'

export const systemTimer: Timer = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    try {
      await pause(milliseconds, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
}
