import type { DiskFigures } from '../prune/record.ts'
import { formatBytes } from '../prune/summarise.ts'

/** A disk in words: what of it is free, with the numbers. */
export function describeDisk({ of, path, bytes, freeBytes, inodes, freeInodes }: DiskFigures): string {
  const part = (free: number, all: number) => `${((free / Math.max(all, 1)) * 100).toFixed(1)} %`
  const space = `${formatBytes(freeBytes)} of ${formatBytes(bytes)} free (${part(freeBytes, bytes)})`
  const files = inodes > 0 ? `, ${freeInodes} of ${inodes} inodes free (${part(freeInodes, inodes)})` : ''
  const whose = of === 'engine' ? 'of the Docker Engine' : `of the release root of ${of}`
  return `the disk ${whose} (${path}) has ${space}${files}`
}
