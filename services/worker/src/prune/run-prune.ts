import type { Clock, Inventory, PruneKind, PrunePlan, PrunePolicy } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import type { HostDeletions } from '../ports/host-deletions.ts'
import type { HoldTools } from './hold-projects.ts'
import type { InventoryTools } from './take-inventory.ts'
import type { Tally } from './tally.ts'

/** `before:` it is decided what may go, `during:` nobody else has the projects that could need it. */
export type PrunePlace = `${'before' | 'during'}:prune-${PruneKind}`

/** What a prune deletes with. */
export interface PruneTools extends InventoryTools, HoldTools {
  readonly store: Pick<RunStore, 'want' | 'deployment' | 'saveReleases'>
  readonly deletions: HostDeletions
  readonly policy: PrunePolicy
  readonly timer: Clock
  /** Told where a prune is, for faults to be injected there. */
  readonly failpoint: (place: PrunePlace) => void
  /** One line for whoever reads the log. */
  readonly say: (line: string) => void
}

/** One prune that is under way. */
export interface PruneRun {
  readonly tools: PruneTools
  readonly tally: Tally
  readonly signal: AbortSignal
}

/** What a prune goes by; taken anew after things have gone that others depended on. */
export interface Planned {
  readonly inventory: Inventory
  readonly plan: PrunePlan
}

/** What is to go of one kind. */
export function toGo({ items }: PrunePlan, kind: PruneKind) {
  return items.filter((item) => item.kind === kind && !item.keep)
}

export const busyWords = 'skipped: a deploy, a rollback or another prune of it is under way'
