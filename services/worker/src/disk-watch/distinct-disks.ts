import { stat } from 'node:fs/promises'
import type { DiskFigures } from '@slipway/core'

/** A disk, with what else is known to lie on it. */
export interface DistinctDisk {
  /** Tells it from others for as long as the host runs. */
  readonly key: string
  readonly figures: DiskFigures
  /** Names of further projects, or `engine`. */
  readonly shared: readonly string[]
}

/** Tells which file system a path lies on; null when nothing is to be seen there. */
export type DeviceOf = (path: string) => Promise<number | null>

export const statDevice: DeviceOf = async (path) => (await stat(path).catch(() => null))?.dev ?? null

/** Each disk once, however many release roots lie on it; the first that was named stands for it. */
export async function distinctDisks(
  all: readonly DiskFigures[],
  deviceOf: DeviceOf,
): Promise<DistinctDisk[]> {
  const keyed = await Promise.all(
    all.map(async (figures) => {
      const device = await deviceOf(figures.path)
      return { figures, key: device === null ? figures.path : `device ${device}` }
    }),
  )
  return [...Map.groupBy(keyed, ({ key }) => key)].flatMap(([key, [first, ...others]]) =>
    first ? [{ key, figures: first.figures, shared: others.map(({ figures }) => figures.of) }] : [],
  )
}
