import { Counter, Histogram, Registry } from 'prom-client'
import type { AnsweredCall } from '../answered-call.ts'
import { processFigures } from './process-figures.ts'

/** The figures of one process, in a registry of its own. */
export interface Metrics {
  readonly registry: Registry
  called(call: AnsweredCall): void
  /** Refused calls that are not in the audit. */
  lost(calls: number): void
}

export interface MetricsOptions {
  /** Figures of the process itself too: those belong to a process and not to an app. */
  readonly ofProcess?: boolean
}

/** In the place of a name that is none, whatever the caller wrote: no name of a hook has a bracket. */
export const unknownHook = '(unknown)'

// From an answer without Redis to the deadline of a write.
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export function createMetrics({ ofProcess = false }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (ofProcess) processFigures(registry)
  const calls = new Counter({
    name: 'slipway_webhook_calls_total',
    help: 'Calls of webhooks, by hook, by what became of them and by why they were refused.',
    labelNames: ['hook', 'outcome', 'reason'],
    registers,
  })
  const durations = new Histogram({
    name: 'slipway_webhook_duration_seconds',
    help: 'Seconds from the headers of a call to its answer.',
    buckets: seconds,
    registers,
  })
  const lost = new Counter({
    name: 'slipway_audit_lost_calls_total',
    help: 'Refused calls that are not in the audit, because Redis did not take them.',
    registers,
  })

  // Finding a series by its labels costs more than counting; there are few of them.
  const series = new Map<string, { inc(): void }>()

  return {
    registry,
    called({ hook, outcome, reason, milliseconds }) {
      const labels = { hook: hook ?? unknownHook, outcome, reason: reason ?? '' }
      const key = `${labels.hook} ${outcome} ${labels.reason}`
      let one = series.get(key)
      if (!one) {
        one = calls.labels(labels)
        series.set(key, one)
      }
      one.inc()
      durations.observe(milliseconds / 1_000)
    },
    lost: (amount) => lost.inc(amount),
  }
}
