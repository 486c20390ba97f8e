import { type DiskFigures, describeDisk } from '@slipway/core'
import type { Notice } from '../ports/notifier.ts'

export interface LowDisk {
  readonly host: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly figures: DiskFigures
  /** Others that lie on the same disk: names of projects, or `engine`. */
  readonly shared: readonly string[]
}

/** What is told of a disk that has less than `disk.warn` left. */
export function lowDiskNotice({ host, at, figures, shared }: LowDisk): Notice {
  const others = shared.length > 0 ? `; it also holds ${shared.map(nameOf).join(', ')}` : ''
  return notice({ host, at, figures }, `is low: ${describeDisk(figures)}${others}`)
}

/**
 * What is told of a disk that still has less than `disk.act` left when all has gone that the policy lets go. The advice has
 * the numbers of the disk.
 */
export function fullDiskNotice(disk: Omit<LowDisk, 'shared'>, advice: string): Notice {
  return notice(disk, `needs a person\n${advice}`)
}

function notice({ host, at, figures }: Omit<LowDisk, 'shared'>, said: string): Notice {
  return {
    event: 'disk',
    project: null,
    host,
    at,
    text: `slipway: a disk of ${host} ${said}`,
    details: { figures },
  }
}

function nameOf(of: string): string {
  return of === 'engine' ? 'what the Docker Engine keeps' : `the releases of ${of}`
}
