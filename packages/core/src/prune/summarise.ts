import { type PruneItem, type PruneKind, type PrunePlan, pruneKinds } from './item.ts'
import type { PruneRecord } from './record.ts'

/** A record is read whole by whoever shows it: more than so many of each list are only counted. */
export const mostListed = 200

/** What came of a plan, where that is not what it says. */
export interface PruneExceptions {
  /** Could not be deleted. */
  readonly failed?: ReadonlySet<PruneItem>
}

export type PruneSummary = Pick<
  PruneRecord,
  'counts' | 'deleted' | 'deletedMore' | 'kept' | 'keptMore' | 'freedBytes'
>

/** The figures of a record: of a plan as it is, or of one that was carried out, with what went otherwise. */
export function summarisePlan(
  { items }: Pick<PrunePlan, 'items'>,
  { failed = new Set() }: PruneExceptions = {},
): PruneSummary {
  const counts = Object.fromEntries(
    pruneKinds.map((kind) => [kind, { kept: 0, deleted: 0, failed: 0 }]),
  ) as Record<PruneKind, { kept: number; deleted: number; failed: number }>
  const [deleted, kept]: [PruneItem[], PruneItem[]] = [[], []]
  let freedBytes = 0
  for (const item of items) {
    if (item.keep) {
      counts[item.kind].kept += 1
      kept.push(item)
    } else if (failed.has(item)) {
      counts[item.kind].failed += 1
    } else {
      counts[item.kind].deleted += 1
      freedBytes += item.bytes
      deleted.push(item)
    }
  }
  return {
    counts,
    deleted: theLargest(deleted),
    deletedMore: Math.max(0, deleted.length - mostListed),
    kept: theLargest(kept),
    keptMore: Math.max(0, kept.length - mostListed),
    freedBytes,
  }
}

/** Where there are too many, those that matter to whoever needs space; in their order. */
function theLargest(items: readonly PruneItem[]): readonly PruneItem[] {
  if (items.length <= mostListed) return items
  const listed = new Set(items.toSorted((a, b) => b.bytes - a.bytes).slice(0, mostListed))
  return items.filter((item) => listed.has(item))
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const
const step = 1_000

/** Bytes for people, in the units of the configuration: `1.4GB`. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= step && unit < units.length - 1) {
    value /= step
    unit += 1
  }
  const rounded = unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)
  return `${rounded}${units[unit]}`
}

/** The heads of the columns of `planRows`. */
export const planHeads = ['kind', 'name', 'project', 'size', 'verdict', 'why'] as const

/** A plan as the rows of a table; what goes comes first. */
export function planRows(items: readonly PruneItem[]): string[][] {
  const going = items.filter(({ keep }) => !keep)
  const staying = items.filter(({ keep }) => keep)
  return [...going, ...staying].map(({ kind, name, project, bytes, keep, why }) => [
    ...[kind, name, project ?? '-', bytes > 0 ? formatBytes(bytes) : '-'],
    ...[keep ? 'keep' : 'delete', why],
  ])
}
