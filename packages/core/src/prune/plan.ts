import type { Config } from '../config/schema.ts'
import type { Inventory } from './inventory.ts'

export const pruneKinds = ['release', 'container', 'image', 'network', 'volume', 'build-cache'] as const
export type PruneKind = (typeof pruneKinds)[number]

/** What happens to one thing, and why. */
export interface PruneItem {
  readonly kind: PruneKind
  /** What it is deleted by: name of a release or a volume, id of all else. An image is named by what is to be taken away. */
  readonly id: string
  /** For people. */
  readonly name: string
  /** Null for what belongs to none. */
  readonly project: string | null
  /** Bytes that it has for itself, as far as is known; 0 where it is not. */
  readonly bytes: number
  readonly keep: boolean
  /** In words: "release to go back to of shop", "used by container x". */
  readonly why: string
  /** Of an image that goes: the names to take away, one by one, the last of which takes the image. */
  readonly names?: readonly string[]
}

export interface PrunePlan {
  readonly at: number
  readonly host: string
  /** In the order of deletion: releases, containers, images, networks, volumes, build cache. */
  readonly items: readonly PruneItem[]
}

export type PrunePolicy = Config['prune']

/** What a prune of this host would keep and delete. The same inventory and policy give the same plan. */
export function planPrune(_inventory: Inventory, _policy: PrunePolicy): PrunePlan {
  throw new Error('to be written')
}
