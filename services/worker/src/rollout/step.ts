import { SlipwayError, type Step } from '@slipway/core'
import type { RunReporter } from '../ports/run-reporter.ts'
import type { Timer } from '../ports/timer.ts'

/** Does one step under its name: log lines, state, duration, deadline. */
export type StepRunner = <T>(
  name: Step | 'roll-back',
  options: StepOptions,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>

export interface StepOptions {
  /** Milliseconds; without one the step ends itself. */
  readonly deadline?: number
}

/** Called around each step with `before:<step>` and `after:<step>`; faults are injected there. */
export type Failpoint = (place: string) => void

export interface StepRunnerOptions {
  readonly report: RunReporter
  readonly timer: Timer
  /** Fires when the whole run has to stop. */
  readonly signal: AbortSignal
  readonly failpoint: Failpoint
}

export function createStepRunner({ report, timer, signal, failpoint }: StepRunnerOptions): StepRunner {
  return async (name, { deadline }, work) => {
    signal.throwIfAborted()
    report.state(name)
    report.line(`[${name}] begins`)
    const begun = timer.now()
    const late = deadline === undefined ? null : AbortSignal.timeout(deadline)
    try {
      failpoint(`before:${name}`)
      const result = await work(late ? AbortSignal.any([signal, late]) : signal)
      failpoint(`after:${name}`)
      finish(true)
      return result
    } catch (error) {
      finish(false)
      if (signal.aborted) throw signal.reason
      if (late?.aborted)
        throw new SlipwayError('STEP_TIMEOUT', `The step ${name} took longer than ${deadline} ms.`, {
          cause: error,
        })
      throw error
    }

    function finish(ok: boolean): void {
      const milliseconds = Math.round(timer.now() - begun)
      report.timing({ step: name, milliseconds, ok })
      report.line(`[${name}] ${ok ? 'done' : 'failed'} after ${milliseconds} ms`)
    }
  }
}
