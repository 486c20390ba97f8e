import {
  type DiskFigures,
  describeDisk,
  formatBytes,
  isBelow,
  type PruneItem,
  type PrunePolicy,
} from '@slipway/core'

/** So many things are named, the largest first. */
const mostNamed = 3

/**
 * What a person could do when a prune has left a disk with less than this part free; null when none is. Nothing beyond
 * the policy is ever deleted by itself, so this names what takes the space and the setting that would let it go.
 */
export function adviceFor(
  after: readonly DiskFigures[],
  kept: readonly PruneItem[],
  policy: PrunePolicy,
  act: number,
): string | null {
  const full = after.filter((disk) => isBelow(disk, act))
  if (full.length === 0) return null
  const disks = full.map((disk) => `After the prune ${describeDisk(disk)}.`)
  const ways = [
    ...(full.some(({ of }) => of === 'engine') ? waysOfEngine(kept, policy) : []),
    ...full.flatMap(({ of }) => (of === 'engine' ? [] : waysOfRoot(of, kept))),
  ]
  return [
    ...disks,
    'Nothing more may go by the policy. What a person could do:',
    ...ways.map((way) => `- ${way}`),
  ].join('\n')
}

function waysOfEngine(kept: readonly PruneItem[], policy: PrunePolicy): string[] {
  const images = kept.filter(({ kind }) => kind === 'image')
  const others = images.filter(({ project }) => project === null)
  const caches = kept.filter(({ kind }) => kind === 'build-cache')
  const volumes = kept.filter(({ kind, bytes }) => kind === 'volume' && bytes > 0)
  return [
    ...(others.length > 0 && policy.unowned !== 'unused'
      ? [
          `images that are not slipway's hold ${sum(others)}: \`prune.unowned\` lets go what no container uses`,
        ]
      : []),
    ...(policy.containers === 'keep' &&
    kept.some(({ kind, why }) => kind === 'container' && why !== 'it runs')
      ? ['ended containers hold images: `prune.containers: stopped` lets them go']
      : []),
    ...(policy.build_cache ? [] : ['build cache stays as long as there is no `prune.build_cache`']),
    ...(caches.length > 0 ? [`build cache of ${sum(caches)} is kept by \`prune.build_cache\``] : []),
    ...(volumes.length > 0
      ? [`volumes hold ${sum(volumes)}: none goes unless \`prune.volumes\` names it`]
      : []),
    ...largest(images),
    'look at the logs of containers too, or give the engine a larger disk',
  ]
}

function waysOfRoot(project: string, kept: readonly PruneItem[]): string[] {
  const own = kept.filter((item) => item.kind === 'release' && item.project === project)
  return [
    `${own.length} releases of ${project} are kept: a smaller \`release.keep\` lets older ones go`,
    ...largest(own),
    'look below `shared/` too, or move the release root to a larger disk',
  ]
}

function largest(items: readonly PruneItem[]): string[] {
  const named = items.filter(({ bytes }) => bytes > 0).toSorted((a, b) => b.bytes - a.bytes)
  if (named.length === 0) return []
  const list = named
    .slice(0, mostNamed)
    .map(({ name, bytes, why }) => `${name}, ${formatBytes(bytes)} (${why})`)
  return [`the largest that stay: ${list.join('; ')}`]
}

function sum(items: readonly PruneItem[]): string {
  return formatBytes(items.reduce((all, { bytes }) => all + bytes, 0))
}
