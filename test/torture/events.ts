import { appendFileSync } from 'node:fs'

/** Something that happened; `at` is in microseconds on the clock that all processes of a machine share. */
export type TortureEvent = { readonly at: number } & (
  | {
      readonly kind: 'accepted'
      readonly project: string
      readonly deployment: string
      readonly seq: number
      /** Which push of the project it was, counted from 1. */
      readonly push: number
    }
  /** A worker has a project to itself, or gives it back. */
  | { readonly kind: 'held' | 'freed'; readonly project: string; readonly worker: string }
  | {
      readonly kind: 'switched' | 'went-back'
      readonly project: string
      readonly worker: string
      /** Null when what was there before the first release is there again. */
      readonly seq: number | null
    }
  /** The process of a worker is gone: whatever it held is free. */
  | { readonly kind: 'gone'; readonly worker: string }
  /** What was broken, in words; for whoever reads the log. */
  | { readonly kind: 'fault'; readonly what: string }
)

/** A list of events that only grows, in memory and in a file. */
export interface EventLog {
  add(event: TortureEvent): void
  readonly events: readonly TortureEvent[]
}

/** Microseconds since the machine started; the lines of the workers have the same clock. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}

export function openEventLog(file: string): EventLog {
  const events: TortureEvent[] = []
  return {
    events,
    add(event) {
      events.push(event)
      appendFileSync(file, `${JSON.stringify(event)}\n`)
    },
  }
}

/** What a line of a worker's log says, as far as the oracles look at it. */
export function readWorkerLine(line: string, worker: string): TortureEvent | null {
  if (!line.startsWith('{')) return null
  const entry = parse(line)
  const { monotonic: at, project, msg, phase, kind, seq } = entry
  if (typeof at !== 'number' || typeof project !== 'string') return null
  if (msg === 'mutex' && (phase === 'held' || phase === 'freed')) return { at, kind: phase, project, worker }
  const isChange = msg === 'current changed' && (kind === 'switched' || kind === 'went-back')
  return isChange ? { at, kind, project, worker, seq: typeof seq === 'number' ? seq : null } : null
}

// The last line of a process that was killed may be cut off.
function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
