import { isOutcome } from '../support/outcomes.ts'
import type { TortureEvent } from './events.ts'

/** A promise that was broken, in words. */
export type Violation = string

interface Hold {
  readonly worker: string
  readonly from: number
  to: number
}

/** Two runs of one project at the same time, whoever ran them. */
export function findOverlaps(events: readonly TortureEvent[]): Violation[] {
  const sorted = events.toSorted((a, b) => a.at - b.at)
  const byProject = new Map<string, Hold[]>()
  const violations: Violation[] = []
  for (const event of sorted) {
    if (event.kind === 'held') {
      const holds = byProject.get(event.project) ?? []
      byProject.set(event.project, holds)
      for (const open of holds.filter(({ to }) => to > event.at))
        violations.push(`${event.project}: ${event.worker} began at ${event.at} while ${open.worker} had it`)
      holds.push({ worker: event.worker, from: event.at, to: Number.POSITIVE_INFINITY })
    } else if (event.kind === 'freed') {
      for (const hold of byProject.get(event.project) ?? [])
        if (hold.worker === event.worker && hold.to > event.at) hold.to = event.at
    } else if (event.kind === 'gone') {
      for (const hold of [...byProject.values()].flat())
        if (hold.worker === event.worker && hold.to > event.at) hold.to = event.at
    }
  }
  return violations
}

/** A switch to something older than what a switch before it made live; ways back are no switches forward. */
export function findBackwardSwitches(events: readonly TortureEvent[]): Violation[] {
  const newest = new Map<string, number>()
  const violations: Violation[] = []
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    if (event.kind !== 'switched' || event.seq === null) continue
    const before = newest.get(event.project) ?? 0
    if (event.seq < before) violations.push(`${event.project}: switched to ${event.seq} after ${before}`)
    newest.set(event.project, Math.max(before, event.seq))
  }
  return violations
}

/** A look at what `current` of a project points at. */
export interface Look {
  readonly at: number
  readonly project: string
  /** Null when there was nothing, or nothing whole. */
  readonly seq: number | null
  readonly why: string
}

/**
 * The same, seen from the disk: once something is live there is always something, and it never gets older but by a
 * way back. `bad` are the seqs whose releases were left because they were not well.
 */
export function findBadLooks(looks: readonly Look[], bad: ReadonlySet<number>): Violation[] {
  const newest = new Map<string, number>()
  const violations: Violation[] = []
  for (const { project, seq, why } of looks) {
    const before = newest.get(project)
    if (seq === null) {
      if (before !== undefined) violations.push(`${project}: ${why}`)
      continue
    }
    if (before !== undefined && seq < before && !bad.has(before))
      violations.push(`${project}: ${seq} was live after ${before}`)
    newest.set(project, seq)
  }
  return violations
}

/** What Redis says in the end about a deployment that was accepted. */
export interface EndRecord {
  readonly deployment: string
  readonly state: string
  readonly seq: number
  readonly supersededBy: string
  readonly errorCode: string
}

/** Accepted pushes that nobody can say what became of. */
export function findUnaccounted(
  events: readonly TortureEvent[],
  records: ReadonlyMap<string, EndRecord>,
): Violation[] {
  return events.flatMap((event) => {
    if (event.kind !== 'accepted') return []
    const record = records.get(event.deployment)
    if (!record?.state) return [`${event.project}: ${event.deployment} was accepted and is forgotten`]
    if (!isOutcome(record.state))
      return [`${event.project}: ${event.deployment} has no end, it is at ${record.state}`]
    if (record.state !== 'superseded') return []
    const newer = records.get(record.supersededBy)
    // One that was not accepted by us may have taken its place: its sender was told 503, and it was there all the same.
    const isNewer = newer === undefined ? record.supersededBy !== '' : newer.seq > record.seq
    return isNewer ? [] : [`${event.project}: ${event.deployment} gave way to nothing newer`]
  })
}

/** Which push of a project is live in the end; null when none is. */
export type LivePush = (project: string) => number | null

/**
 * Projects that do not have their newest accepted push live in the end. A push that was not acknowledged may be live in
 * its place when it is newer still: the registry has it under the same tag.
 */
export function findNotNewest(events: readonly TortureEvent[], live: LivePush): Violation[] {
  const newest = new Map<string, number>()
  for (const event of events)
    if (event.kind === 'accepted')
      newest.set(event.project, Math.max(newest.get(event.project) ?? 0, event.push))
  return [...newest].flatMap(([project, push]) => {
    const found = live(project)
    return found !== null && found >= push
      ? []
      : [`${project}: push ${found} is live, and ${push} was accepted`]
  })
}
