import { readFile } from 'node:fs/promises'
import { type LabProcess, poll } from '@slipway/lab'

/** A line of a worker's log. */
export type LogLine = Readonly<Record<string, unknown>>

/** The time in which a worker had a project to itself, in microseconds of the machine's own clock. */
export interface Hold {
  readonly pid: number
  readonly from: number
  /** Of a worker that died in between, its last word. */
  readonly to: number
}

export function logLines(worker: LabProcess): LogLine[] {
  return worker.lines().flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as LogLine]
    } catch {
      // The last one of a worker that was killed may be cut off.
      return []
    }
  })
}

/** What a worker said about the steps of its runs. */
export function deployLines(worker: LabProcess): string[] {
  return logLines(worker).flatMap(({ msg, text }) => (msg === 'deploy' ? [String(text)] : []))
}

/** Waits until a worker has said something with this text in it about a run. */
export async function untilSaid(worker: LabProcess, text: string, timeoutMs = 30_000): Promise<void> {
  await poll(() => deployLines(worker).some((line) => line.includes(text)), {
    what: `the worker to say "${text}"`,
    everyMs: 5,
    timeoutMs,
  }).catch((cause: unknown) => {
    throw new Error(`it said:\n${worker.lines().slice(-20).join('\n')}`, { cause })
  })
}

/** The releases that a worker pointed `current` at, by its log: `switched` and `went-back`. */
export function switchesOf(worker: LabProcess): string[] {
  return logLines(worker).flatMap(({ msg, kind, to }) => (msg === 'current changed' ? [`${kind} ${to}`] : []))
}

export function holdsOf(worker: LabProcess, project: string): Hold[] {
  const lines = logLines(worker)
  const last = Math.max(0, ...lines.map(({ monotonic }) => Number(monotonic)))
  const phases = lines.filter((line) => line.msg === 'mutex' && line.project === project)
  return phases.flatMap(({ phase, monotonic }, index) => {
    if (phase !== 'held') return []
    return [{ pid: worker.pid, from: Number(monotonic), to: Number(phases[index + 1]?.monotonic ?? last) }]
  })
}

/** Pairs of holds of a project that were there at the same moment: there must be none. */
export function overlaps(workers: readonly LabProcess[], project: string): [Hold, Hold][] {
  const holds = workers.flatMap((worker) => holdsOf(worker, project)).toSorted((a, b) => a.from - b.from)
  return holds.flatMap((hold, index) =>
    holds
      .slice(index + 1)
      .filter((later) => later.from < hold.to)
      .map((later): [Hold, Hold] => [hold, later]),
  )
}

/** Waits until a signal has stopped a process where it stood. */
export async function untilStopped({ pid }: LabProcess): Promise<void> {
  await poll(
    async () => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      // The name of the program stands in brackets and may hold spaces.
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
    },
    { what: `process ${pid} to stop`, everyMs: 10 },
  )
}
