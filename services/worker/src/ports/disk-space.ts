import type { DiskFigures } from '@slipway/core'

/** What is left on the file system of a path for somebody without special rights. */
export interface DiskRoom {
  readonly bytes: number
  /** Null where the file system makes them as they are needed. */
  readonly inodes: number | null
}

/** How large the file system of a path is, and what of it is left. */
export type DiskMeasure = Omit<DiskFigures, 'of' | 'path'>

export interface DiskSpace {
  /** Null when nothing is to be seen at this path. */
  free(path: string): Promise<DiskRoom | null>
  /** Null when nothing is to be seen at this path. No inodes at all where the file system makes them as needed. */
  measure(path: string): Promise<DiskMeasure | null>
}

/** Where the engine keeps images. */
export interface EngineDisk {
  /** Null when that is on another machine, or not to be seen from here. Throws only what the signal says. */
  path(signal: AbortSignal): Promise<string | null>
}
