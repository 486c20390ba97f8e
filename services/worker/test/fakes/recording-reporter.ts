import type { DeploymentState, StepTiming } from '@slipway/core'
import type { RunEvent, RunReporter } from '../../src/ports/run-reporter.ts'

export interface RecordingReporter extends RunReporter {
  readonly lines: string[]
  readonly states: DeploymentState[]
  readonly timings: StepTiming[]
  readonly events: RunEvent[]
}

export function createRecordingReporter(): RecordingReporter {
  const reporter: RecordingReporter = {
    lines: [],
    states: [],
    timings: [],
    events: [],
    line: (text) => void reporter.lines.push(text),
    state: (state) => void reporter.states.push(state),
    timing: (timing) => void reporter.timings.push(timing),
    event: (event) => void reporter.events.push(event),
  }
  return reporter
}
