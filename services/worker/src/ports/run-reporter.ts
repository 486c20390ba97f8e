import type { DeploymentState, StepTiming } from '@slipway/core'

/** Where a run tells what it does. Telling never delays or fails a deploy: after a switch nothing may wait for Redis. */
export interface RunReporter {
  line(text: string): void
  state(state: DeploymentState, facts?: { resolvedDigest?: string; release?: string }): void
  timing(timing: StepTiming): void
}
