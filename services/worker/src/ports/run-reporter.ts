import type { DeploymentState, StepTiming } from '@slipway/core'

/** What visitors see changes: `current` points at another release. */
export interface RunEvent {
  readonly kind: 'switched' | 'went-back'
  /** Name of the release, or what `current` held before the first one; null when it is taken away. */
  readonly to: string | null
  readonly seq: number | null
}

/** Where a run tells what it does. Telling never delays or fails a deploy: after a switch nothing may wait for Redis. */
export interface RunReporter {
  line(text: string): void
  state(state: DeploymentState, facts?: { tag?: string; resolvedDigest?: string; release?: string }): void
  timing(timing: StepTiming): void
  event(event: RunEvent): void
}
