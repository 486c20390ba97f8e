import type { LabProcess } from '@slipway/lab'

/** One line that a service logged. */
export interface LogLine {
  readonly level: number
  readonly msg?: string
  readonly project?: string
  readonly deployment?: string
  /** What reconcile found. */
  readonly what?: string
  /** `held` or `freed`, when it is about the mutex of a project. */
  readonly phase?: string
  /** What happened to `current`: `switched`, … */
  readonly kind?: string
  /** Microseconds of a clock that only goes forward, the same for all workers of a machine. */
  readonly monotonic?: number
}

/** When a worker had a project to itself, in microseconds. */
export interface Hold {
  readonly from: number
  readonly to: number
}

const errorLevel = 50

export function linesOf(service: LabProcess): LogLine[] {
  return service.lines().flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []))
}

/** What an operator is to be woken by. */
export function alarmsOf(service: LabProcess): string[] {
  return linesOf(service).flatMap(({ level, what, msg }) => (level >= errorLevel ? [what ?? msg ?? ''] : []))
}

/** How often a deployment was switched to by these workers. */
export function switchesTo(deployment: string, workers: readonly LabProcess[]): number {
  const lines = workers.flatMap(linesOf)
  return lines.filter((line) => line.deployment === deployment && line.kind === 'switched').length
}

/** Every pair of holds of a project that were there at once: there must be none. */
export function overlaps(project: string, workers: readonly LabProcess[]): [Hold, Hold][] {
  const holds = workers.flatMap((worker) => holdsOf(project, worker)).toSorted((a, b) => a.from - b.from)
  return holds.flatMap((hold, at): [Hold, Hold][] => {
    const next = holds[at + 1]
    return next && next.from < hold.to ? [[hold, next]] : []
  })
}

function holdsOf(project: string, worker: LabProcess): Hold[] {
  const holds: Hold[] = []
  let from: number | null = null
  for (const line of linesOf(worker)) {
    if (line.msg !== 'mutex' || line.project !== project) continue
    const at = line.monotonic ?? 0
    // The same worker again, before it let go: two of its jobs at once.
    if (line.phase === 'held' && from !== null) holds.push({ from, to: at + 1 })
    if (line.phase === 'freed' && from !== null) holds.push({ from, to: at })
    from = line.phase === 'held' ? at : null
  }
  return holds
}
