import type { Inventory } from './inventory.ts'
import { compare, type PrunePlan, type PrunePolicy } from './item.ts'
import { planBuildCache } from './plan-build-cache.ts'
import { planContainers } from './plan-containers.ts'
import { planImages } from './plan-images.ts'
import { planNetworks, planVolumes } from './plan-networks.ts'
import { planReleases } from './plan-releases.ts'

export { type PruneItem, type PruneKind, type PrunePlan, type PrunePolicy, pruneKinds } from './item.ts'

/** What a prune of this host would keep and delete. The same inventory and policy give the same plan. */
export function planPrune(listed: Inventory, policy: PrunePolicy): PrunePlan {
  const projects = listed.projects.toSorted((a, b) => compare(a.project, b.project))
  const inventory: Inventory = { ...listed, projects }
  // Each kind looks at what is left of those before it: what a container holds is free once that goes in the same plan.
  const releases = planReleases(inventory, policy)
  const containers = planContainers(inventory, policy, releases)
  return {
    at: inventory.now,
    host: inventory.host,
    items: [
      ...releases.map(({ item }) => item),
      ...containers.items,
      ...planImages(inventory, policy, { releases, uses: containers.uses }),
      ...planNetworks(inventory, policy, containers.uses),
      ...planVolumes(inventory, policy, containers.uses),
      ...planBuildCache(inventory, policy),
    ],
  }
}
