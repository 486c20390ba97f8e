import { closeSync, constants, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { writeWhole } from '../../manifest/manifest-file.ts'

/** Where the contents of files lie until it is known what becomes of them. Synchronous where it touches the disk. */
export interface Staging {
  /** Gives the name of what came. */
  add(pieces: AsyncIterable<Uint8Array>): Promise<string>
  read(name: string): Generator<Uint8Array>
  remove(): void
}

const pieceLength = 1_048_576

/** @param folder does not exist yet, and is nobody else's */
export function openStaging(folder: string): Staging {
  mkdirSync(folder, { mode: 0o700 })
  let count = 0
  return {
    async add(pieces) {
      count += 1
      const name = String(count)
      const file = openSync(`${folder}/${name}`, 'wx', 0o600)
      try {
        for await (const piece of pieces) writeWhole(file, piece)
      } finally {
        closeSync(file)
      }
      return name
    },
    read: (name) => readPieces(`${folder}/${name}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A file piece by piece; it is not followed if it is a link. */
export function* readPieces(path: string): Generator<Uint8Array> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(pieceLength)
      const length = readSync(file, piece)
      if (length === 0) return
      yield piece.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}
