import { describe, expect, it } from 'vitest'
import type { DiskSpace } from '../../src/ports/disk-space.ts'

export interface DiskFixture {
  readonly disk: DiskSpace
  /** A path on a disk that has room. */
  readonly there: string
  readonly missing: string
}

/** What every DiskSpace keeps. */
export function describeDiskSpace(name: string, make: () => Promise<DiskFixture>): void {
  describe(`${name} as disk space`, () => {
    it('says what is left where a path lies', async () => {
      const { disk, there } = await make()

      const room = await disk.free(there)

      expect(room?.bytes).toBeGreaterThan(0)
      expect(room?.inodes === null || Number(room?.inodes) > 0).toBe(true)
    })

    it('says how large the disk is that a path lies on, and the same of what is left', async () => {
      const { disk, there } = await make()

      const size = await disk.measure(there)

      expect(size?.bytes).toBeGreaterThanOrEqual(size?.freeBytes ?? Number.POSITIVE_INFINITY)
      expect(size?.inodes).toBeGreaterThanOrEqual(size?.freeInodes ?? Number.POSITIVE_INFINITY)
      const room = await disk.free(there)
      // Others write to the same disk meanwhile.
      expect(Math.abs((size?.freeBytes ?? 0) - (room?.bytes ?? 0))).toBeLessThan(500e6)
    })

    it('says nothing of a path that is not there', async () => {
      const { disk, missing } = await make()

      expect(await disk.free(missing)).toBeNull()
      expect(await disk.measure(missing)).toBeNull()
    })
  })
}
