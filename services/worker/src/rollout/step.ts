import { type ErrorCode, SlipwayError, type Step } from '@slipway/core'
import type { RunReporter } from '../ports/run-reporter.ts'
import type { Timer } from '../ports/timer.ts'

/** Does one step under its name: log lines, state, duration, deadline. */
export type StepRunner = <T>(
  name: Step | 'roll-back',
  options: StepOptions,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>

export interface StepOptions {
  /** Milliseconds. */
  readonly deadline: number
  /** What it is when the deadline passes. Default: STEP_TIMEOUT. */
  readonly lateCode?: ErrorCode
}

/** Called around each step with `before:<step>` and `after:<step>`; faults are injected there. */
export type Failpoint = (place: string) => void

/** What can end a run from outside, each in its own way. */
export interface RunSignals {
  /** Fires when the run has to stop where it is; the next start goes on from there. */
  readonly signal: AbortSignal
  /** Fires when a person takes the deployment back. What goes back already goes on. */
  readonly cancel: AbortSignal
  /** Fires when no further step is to be begun, as long as the database is untouched. */
  readonly drain: AbortSignal
}

export interface StepRunnerOptions extends RunSignals {
  readonly report: RunReporter
  readonly timer: Timer
  readonly failpoint: Failpoint
}

/** Behind these the code that fits the database has to follow, so nothing that can wait stops the run there. */
const beforeTheSwitch: ReadonlySet<string> = new Set<Step>(['resolve', 'pull', 'copy', 'link', 'migrate'])

export function createStepRunner(options: StepRunnerOptions): StepRunner {
  const { report, timer, signal, cancel, drain, failpoint } = options
  return async (name, { deadline, lateCode = 'STEP_TIMEOUT' }, work) => {
    const stop = name === 'roll-back' ? signal : AbortSignal.any([signal, cancel])
    stop.throwIfAborted()
    if (beforeTheSwitch.has(name)) drain.throwIfAborted()
    report.state(name)
    report.line(`[${name}] begins`)
    const begun = timer.now()
    const late = AbortSignal.timeout(deadline)
    try {
      failpoint(`before:${name}`)
      const result = await work(AbortSignal.any([stop, late]))
      failpoint(`after:${name}`)
      finish(true)
      return result
    } catch (error) {
      finish(false)
      if (stop.aborted) throw stop.reason
      if (late.aborted)
        throw new SlipwayError(lateCode, `The step ${name} took longer than ${deadline} ms.`, {
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
