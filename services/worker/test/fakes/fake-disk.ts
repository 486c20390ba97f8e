import type { DiskRoom, DiskSpace, EngineDisk } from '../../src/ports/disk-space.ts'

export interface FakeDisk extends DiskSpace, EngineDisk {
  /** What is left, by path; a path that is not here is not to be seen. */
  readonly room: Map<string, DiskRoom>
  /** How large each is in all, by path. Default: as much as is left. */
  readonly sizes: Map<string, DiskRoom>
  /** Where the engine keeps images. */
  engine: string | null
}

/** Disks that have what a test says. */
export function createFakeDisk(room: Readonly<Record<string, DiskRoom>> = {}): FakeDisk {
  const disk: FakeDisk = {
    room: new Map(Object.entries(room)),
    sizes: new Map(),
    engine: null,
    free: async (path) => disk.room.get(path) ?? null,
    async measure(path) {
      const room = disk.room.get(path)
      if (!room) return null
      const size = disk.sizes.get(path) ?? room
      return {
        ...{ bytes: size.bytes, freeBytes: room.bytes },
        ...{ inodes: size.inodes ?? 0, freeInodes: room.inodes ?? 0 },
      }
    },
    async path(signal) {
      signal.throwIfAborted()
      return disk.engine
    },
  }
  return disk
}
