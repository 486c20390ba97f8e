import type { Config } from '../config/schema.ts'

export const pruneKinds = ['release', 'container', 'image', 'network', 'volume', 'build-cache'] as const
export type PruneKind = (typeof pruneKinds)[number]

/** What happens to one thing, and why. */
export interface PruneItem {
  readonly kind: PruneKind
  /** Name of a release or a volume, id of all else. An image is deleted by its `names`, and not by this. */
  readonly id: string
  /** For people. */
  readonly name: string
  /** Null for what belongs to none. */
  readonly project: string | null
  /**
   * Bytes that it has for itself, as far as is known; 0 where it is not. Of a release: of all its files, also of those
   * that it shares with others.
   */
  readonly bytes: number
  readonly keep: boolean
  /** In words: "it is live", "used by container x". */
  readonly why: string
  /**
   * Of an image that goes: the names to take away, one by one in this order, without force; the last of them takes the
   * image, unless names that are somebody else's stay. An image that has no name at all is called by its id here.
   */
  readonly names?: readonly string[]
  /**
   * Projects that a deploy could make need it again: whoever deletes it holds the mutex of each of them. Missing: of
   * `project` alone, if it has one.
   */
  readonly guards?: readonly string[]
}

export interface PrunePlan {
  readonly at: number
  readonly host: string
  /** In the order of deletion: releases, containers, images, networks, volumes, build cache. */
  readonly items: readonly PruneItem[]
}

export type PrunePolicy = Config['prune']

type Thing = Pick<PruneItem, 'kind' | 'id' | 'name' | 'project' | 'bytes'>

export function kept(thing: Thing, why: string): PruneItem {
  return { ...thing, keep: true, why }
}

export function gone(thing: Thing, why: string, more: Pick<PruneItem, 'names' | 'guards'> = {}): PruneItem {
  return { ...thing, keep: false, why, ...more }
}

/** The same order each time, however the engine lists. */
export function byName(a: Thing, b: Thing): number {
  return compare(a.name, b.name) || compare(a.id, b.id)
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
