import { since, tooYoung } from './age.ts'
import type { BuildCacheEntry, Inventory } from './inventory.ts'
import { compare, gone, kept, type PruneItem, type PrunePolicy } from './item.ts'

/** Build cache by size and age: the most recently used stays as long as it fits. */
export function planBuildCache({ engine, now }: Inventory, policy: PrunePolicy): PruneItem[] {
  const { build_cache: limits, min_age } = policy
  let bytesSoFar = 0
  return engine.buildCache
    .toSorted((a, b) => usedAt(b) - usedAt(a) || compare(a.id, b.id))
    .map((entry) => {
      const { id, bytes, isInUse, isShared } = entry
      const thing = { kind: 'build-cache', id, name: id, project: null, bytes } as const
      if (!limits) return kept(thing, "not slipway's; the policy has no `build_cache`")
      // Of what is shared nothing becomes free: images have it too.
      if (isShared) return kept(thing, 'an image or another entry shares it')
      bytesSoFar += bytes
      if (isInUse) return kept(thing, 'in use')
      if (bytesSoFar <= limits.keep) return kept(thing, 'among the most recently used that fit')
      const young = tooYoung('used', usedAt(entry), Math.max(min_age, limits.older_than), now)
      return young === null
        ? gone(thing, `more than fits; ${since('used', usedAt(entry), now)}`)
        : kept(thing, young)
    })
}

function usedAt({ lastUsedAt, createdAt }: BuildCacheEntry): number {
  return lastUsedAt ?? createdAt
}
