import type { ScheduleName } from '@slipway/core'

/** Tells somebody outside that a job by the clock still runs, so that its silence is noticed. */
export interface Pinger {
  /** Returns at once and never throws: a signal that is lost is no failure of the job. */
  alive(job: ScheduleName): void
  /** Gives what is on its way so many milliseconds more, then gives it up. */
  close(grace: number): Promise<void>
}
