import type { Failpoint } from './rollout/step.ts'

/**
 * Ends the process as a crash would, at one place, once named: how the tests prove that whatever dies when, nothing
 * is half done. Off when no place is named.
 */
export function createFailpoint(place: string | undefined): Failpoint {
  if (!place) return () => {}
  return (reached) => {
    if (reached === place) process.kill(process.pid, 'SIGKILL')
  }
}
