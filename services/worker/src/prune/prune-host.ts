import type { PruneCause, PruneRecord } from '@slipway/core'

export interface PruneRequest {
  readonly cause: PruneCause
  /** Who asked, of a command. */
  readonly by: string | null
  /** True when only the plan is wanted. */
  readonly isDryRun: boolean
}

/** Plans and carries out one prune of this host. Resolves also when it failed: then the record says why. */
export type PruneHost = (request: PruneRequest, signal: AbortSignal) => Promise<PruneRecord>
