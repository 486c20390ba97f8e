import type { Release } from '../release/release.ts'
import { planRetention } from '../release/retention.ts'
import { since, tooYoung } from './age.ts'
import type { Inventory, ProjectHoldings } from './inventory.ts'
import { compare, gone, kept, type PruneItem, type PrunePolicy } from './item.ts'

/** What happens to a release. */
export interface ReleaseVerdict {
  readonly project: string
  readonly release: Release
  readonly item: PruneItem
}

/** The releases of every project on the host, the oldest of each first. */
export function planReleases({ projects, now }: Inventory, policy: PrunePolicy): ReleaseVerdict[] {
  return projects.flatMap((holdings) => planThoseOf(holdings, policy, now))
}

function planThoseOf(holdings: ProjectHoldings, { min_age }: PrunePolicy, now: number): ReleaseVerdict[] {
  const { project, releases, state, keep, wanted, untouchable } = holdings
  const isWanted = new Set(wanted)
  const plan = planRetention(releases, state, keep).map(({ release, keep: isKept, why }): ReleaseVerdict => {
    const { name, copiedAt, size } = release
    const thing = { kind: 'release', id: name, name, project, bytes: size?.bytes ?? 0 } as const
    const reason =
      (isKept ? why : null) ??
      untouchable ??
      (isWanted.has(release.digest) ? 'a deploy of its image is wanted' : null) ??
      tooYoung('copied', copiedAt, min_age, now)
    const item =
      reason === null ? gone(thing, `${why}; ${since('copied', copiedAt, now)}`) : kept(thing, reason)
    return { project, release, item }
  })
  return plan.toSorted((a, b) => a.release.seq - b.release.seq || compare(a.release.name, b.release.name))
}
