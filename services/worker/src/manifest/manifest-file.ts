import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { ManifestEntry, ManifestHead } from './manifest.ts'

/**
 * A manifest on the disk: JSON, one value a line. The head comes first, then the entries, a folder before what lies in
 * it; of two with the same path the later one counts. The last line says how many entries there are, and
 * whether a path may have several.
 */
export interface Manifest {
  readonly head: ManifestHead
  readonly entries: ReadonlyMap<string, ManifestEntry>
}

/** A manifest that is being written. It takes its name when it is complete and on the disk. */
export interface ManifestWriter {
  /** @param isAgain whether there is one for its path already */
  add(entry: ManifestEntry, isAgain?: boolean): void
  /** The line of a file in another manifest, but for the time of its last change. @param changedAt nanoseconds since 1970 */
  repeat(line: Uint8Array, changedAt: bigint): void
  finish(): void
  /** Leaves nothing of it. Harmless after `finish`. */
  abandon(): void
}

/** Ends the name of a manifest that is still being written. */
const unfinishedSuffix = '.tmp'
const pieceLength = 262_144
const newline = 0x0a
const quote = 0x22
/** More than the time of a change and what follows it. */
const longestTime = 32

/** Synchronous, for a thread that does nothing else. */
export function openManifest(path: string, head: ManifestHead): ManifestWriter {
  const temporary = `${path}${unfinishedSuffix}`
  let file: number | null = openSync(temporary, 'w', 0o600)
  let piece = Buffer.allocUnsafe(pieceLength)
  let length = 0
  let entries = 0
  let again = false
  let lastTime: bigint | null = null
  let lastEnd: Uint8Array = new Uint8Array()

  /** For so many bytes more. */
  function makeRoom(bytes: number): void {
    if (length + bytes <= piece.length) return
    write()
    if (bytes > piece.length) piece = Buffer.allocUnsafe(bytes)
  }

  function addLine(line: string): void {
    makeRoom(Buffer.byteLength(line) + 1)
    length += piece.write(line, length)
    piece[length++] = newline
  }

  function write(): void {
    if (file !== null) writeWhole(file, piece.subarray(0, length))
    length = 0
  }

  addLine(JSON.stringify(head))
  return {
    add(entry, isAgain = false) {
      again ||= isAgain
      entries += 1
      addLine(JSON.stringify(entry))
    },
    repeat(line, changedAt) {
      entries += 1
      makeRoom(line.length + longestTime)
      // The files of a moment were changed at one time, since the kernel's clock for them is slow.
      if (changedAt !== lastTime) {
        lastTime = changedAt
        lastEnd = Buffer.from(`${changedAt}"}\n`, 'latin1')
      }
      piece.set(line, length)
      // The time is the last field: its value begins behind the last quotation mark but one.
      const before = length + line.length - lastEnd.length
      length =
        piece[before] === quote
          ? before + 1
          : piece.lastIndexOf(quote, length + line.length - '"}'.length - 1) + 1
      piece.set(lastEnd, length)
      length += lastEnd.length
    },
    finish() {
      if (file === null) return
      addLine(JSON.stringify({ entries, again }))
      write()
      fsyncSync(file)
      closeSync(file)
      file = null
      renameSync(temporary, path)
      syncFolderOf(path)
    },
    abandon() {
      if (file === null) return
      closeSync(file)
      file = null
      rmSync(temporary, { force: true })
    },
  }
}

/** The head alone, for who needs no more; it does not say whether the rest is whole. */
export function readManifestHead(path: string): ManifestHead | null {
  try {
    for (const line of linesOf(path)) {
      const value = JSON.parse(line) as Partial<ManifestHead>
      return value.version === 1 ? (value as ManifestHead) : null
    }
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null
    throw error
  }
  return null
}

/** Writes all of it: the system may take less than it is given at a time. */
export function writeWhole(file: number, bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) at += writeSync(file, bytes, at)
}

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const decoder = new StringDecoder('utf8')
    const piece = Buffer.allocUnsafe(pieceLength)
    let rest = ''
    for (;;) {
      const length = readSync(file, piece)
      if (length === 0) break
      const lines = (rest + decoder.write(piece.subarray(0, length))).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    // A line without its end was cut; it parses as nothing.
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
