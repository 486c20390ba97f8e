import type { PruneItem, PruneKind } from './item.ts'

/** Space of one disk. */
export interface DiskFigures {
  /** `engine`, or the name of the project whose release root lies on it. */
  readonly of: string
  readonly path: string
  readonly bytes: number
  readonly freeBytes: number
  readonly inodes: number
  readonly freeInodes: number
}

/** Why a prune ran. */
export type PruneCause = 'schedule' | 'command' | 'disk'

/** What one prune did. */
export interface PruneRecord {
  readonly host: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly milliseconds: number
  readonly cause: PruneCause
  /** Who asked, of a command. */
  readonly by: string | null
  /** True when nothing was deleted because only the plan was asked for. */
  readonly isDryRun: boolean
  readonly outcome: 'done' | 'problems' | 'failed'
  /** Why it failed as a whole. */
  readonly errorCode: string | null
  readonly why: string | null
  /** Of each kind. */
  readonly counts: Readonly<
    Record<PruneKind, { readonly kept: number; readonly deleted: number; readonly failed: number }>
  >
  /** What went, or would go, bounded; `deletedMore` says how many are left out. */
  readonly deleted: readonly PruneItem[]
  readonly deletedMore: number
  /** What stays, bounded. */
  readonly kept: readonly PruneItem[]
  readonly keptMore: number
  /** What could not be deleted. */
  readonly problems: readonly { readonly kind: PruneKind; readonly name: string; readonly why: string }[]
  /** By what is deleted; a disk shows what it really was. */
  readonly freedBytes: number
  readonly before: readonly DiskFigures[]
  readonly after: readonly DiskFigures[]
  /** What a person could do when the policy leaves a disk too full. */
  readonly advice: string | null
}
