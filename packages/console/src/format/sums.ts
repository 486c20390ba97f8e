import type { Prune, Refused } from '../api/answers.ts'

/** How many things of all kinds a prune kept, deleted, and could not delete. */
export function sumOf(counts: Prune['counts']): {
  readonly kept: number
  readonly deleted: number
  readonly failed: number
} {
  const all = Object.values(counts)
  const sum = (of: 'kept' | 'deleted' | 'failed') => all.reduce((total, one) => total + one[of], 0)
  return { kept: sum('kept'), deleted: sum('deleted'), failed: sum('failed') }
}

/** Calls that one hook refused for one reason. */
export interface RefusedSum {
  readonly hook: string | null
  readonly reason: string
  readonly calls: number
  /** Addresses that were told; those of many callers together are not. */
  readonly peers: number
  /** When the newest of them came. */
  readonly last: number
}

/** Sums refused calls up by hook and reason, most calls first. */
export function sumRefused(refused: readonly Refused[]): RefusedSum[] {
  const groups = Map.groupBy(refused, ({ hook, reason }) => JSON.stringify([hook, reason]))
  const sums = [...groups.values()].flatMap((lines): RefusedSum[] => {
    const [first] = lines
    if (!first) return []
    const peers = new Set(lines.flatMap(({ peer }) => (peer === null ? [] : [peer])))
    return [
      {
        hook: first.hook,
        reason: first.reason,
        calls: lines.reduce((sum, { count }) => sum + count, 0),
        peers: peers.size,
        last: Math.max(...lines.map(({ at }) => at)),
      },
    ]
  })
  return sums.toSorted((one, other) => other.calls - one.calls || other.last - one.last)
}
