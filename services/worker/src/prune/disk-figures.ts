import type { DiskFigures } from '@slipway/core'
import type { DiskSpace, EngineDisk } from '../ports/disk-space.ts'
import type { Site } from '../rollout/run.ts'

export interface DiskTools {
  readonly sites: ReadonlyMap<string, Site>
  readonly disk: DiskSpace
  readonly engineDisk: EngineDisk
}

/** The disks that a prune can free space on; one that cannot be seen is left out. */
export async function readDisks(
  { sites, disk, engineDisk }: DiskTools,
  signal: AbortSignal,
): Promise<DiskFigures[]> {
  const engine = await engineDisk.path(signal)
  const places = [
    ...(engine === null ? [] : [{ of: 'engine', path: engine }]),
    ...[...sites.values()].map(({ name, config }) => ({ of: name, path: config.release.root })),
  ]
  const figures = await Promise.all(
    places.map(async (place): Promise<DiskFigures[]> => {
      const measure = await disk.measure(place.path)
      return measure ? [{ ...place, ...measure }] : []
    }),
  )
  return figures.flat()
}
