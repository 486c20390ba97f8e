import type { DeploymentState, Redact, StepTiming } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import type { RunEvent, RunReporter } from './ports/run-reporter.ts'

export interface Reporter extends RunReporter {
  readonly timings: readonly StepTiming[]
  /** Resolves when all that was told has been written. */
  flush(): Promise<void>
}

export interface ReporterOptions {
  readonly deployment: string
  readonly store: Pick<RunStore, 'progress' | 'appendLog'>
  /** The log of the job, which the board shows. */
  readonly jobLog: (text: string) => Promise<unknown>
  readonly onLine: (text: string) => void
  readonly onEvent: (event: RunEvent) => void
  readonly redact: Redact
}

/**
 * Writes what a run tells to Redis, in order, behind the run's back: a walk that has switched must not wait for Redis
 * before it checks. Lines that gather while Redis is slow go out together; of the states only the last counts.
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { deployment, store, jobLog, onLine, onEvent, redact } = options
  const timings: StepTiming[] = []
  let lines: string[] = []
  let state: {
    state: DeploymentState
    facts: { tag?: string; resolvedDigest?: string; release?: string }
  } | null = null
  let writing: Promise<void> | null = null

  async function write(): Promise<void> {
    while (lines.length > 0 || state) {
      const batch = lines
      const next = state
      lines = []
      state = null
      if (next) await store.progress(deployment, next.state, { ...next.facts, timings })
      if (batch.length > 0) await Promise.all([store.appendLog(deployment, batch), jobLog(batch.join('\n'))])
    }
  }

  function wake(): void {
    writing ??= write()
      .catch((error: unknown) => onLine(`the log of this run could not be written: ${String(error)}`))
      .finally(() => {
        writing = null
        // What came while this write was ending found it still under way.
        if (lines.length > 0 || state) wake()
      })
  }

  return {
    timings,
    line(text) {
      const safe = redact(text)
      lines.push(safe)
      onLine(safe)
      wake()
    },
    state(next, facts = {}) {
      state = { state: next, facts: { ...state?.facts, ...facts } }
      wake()
    },
    timing: (timing) => void timings.push(timing),
    event: onEvent,
    async flush() {
      while (writing) await writing
    },
  }
}
