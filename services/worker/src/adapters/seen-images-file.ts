import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SeenImages } from '../ports/seen-images.ts'
import { diskError } from './disk-error.ts'
import { readJson, writeDurably } from './durable-file.ts'

/** Keeps it in a file of this host; without the file an image is taken to be younger than it is, and stays longer. */
export function createSeenImagesFile(path: string): SeenImages {
  return {
    async read() {
      const read: unknown = await readJson(path).catch(() => null)
      if (typeof read !== 'object' || read === null) return new Map()
      return new Map(
        Object.entries(read).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
      )
    },
    async save(seen) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o755 })
        await writeDurably(path, JSON.stringify(Object.fromEntries(seen)))
      } catch (error) {
        throw diskError(error, dirname(path))
      }
    },
  }
}
