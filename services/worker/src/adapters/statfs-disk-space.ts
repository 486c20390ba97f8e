import { statfs } from 'node:fs/promises'
import type { DiskSpace } from '../ports/disk-space.ts'

/** Asks the kernel. What is set aside for root does not count: an engine that takes it leaves a host nobody can log in to. */
export const statfsDiskSpace: DiskSpace = {
  async free(path) {
    const facts = await statfs(path).catch(() => null)
    if (!facts) return null
    // btrfs and its like count none at all.
    return { bytes: facts.bavail * facts.bsize, inodes: facts.files === 0 ? null : facts.ffree }
  },
  async measure(path) {
    const facts = await statfs(path).catch(() => null)
    if (!facts) return null
    const { blocks, bfree, bavail, bsize, files, ffree } = facts
    // As df counts: what is set aside for root is neither used nor free.
    const bytes = (blocks - bfree + bavail) * bsize
    return { bytes, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree }
  },
}
