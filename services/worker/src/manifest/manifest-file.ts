import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { ManifestEntry, ManifestHead } from './manifest.ts'

/**
 * A manifest on the disk: JSON, one value a line. The head comes first, then the entries, a folder before what lies in
 * it; of two with the same path the later one counts. The last line says how many entries there are.
 */
export interface Manifest {
  readonly head: ManifestHead
  readonly entries: ReadonlyMap<string, ManifestEntry>
}

/** A manifest that is being written. It takes its name when it is complete and on the disk. */
export interface ManifestWriter {
  add(entry: ManifestEntry): void
  finish(): void
  /** Leaves nothing of it. Harmless after `finish`. */
  abandon(): void
}

/** Ends the name of a manifest that is still being written. */
const unfinishedSuffix = '.tmp'
const pieceLength = 262_144

/** Synchronous, for a thread that does nothing else. */
export function openManifest(path: string, head: ManifestHead): ManifestWriter {
  const temporary = `${path}${unfinishedSuffix}`
  let file: number | null = openSync(temporary, 'w', 0o600)
  let text = `${JSON.stringify(head)}\n`
  let entries = 0

  function write(): void {
    const bytes = Buffer.from(text)
    if (file !== null) writeWhole(file, bytes)
    text = ''
  }

  return {
    add(entry) {
      text += `${JSON.stringify(entry)}\n`
      entries += 1
      if (text.length >= pieceLength) write()
    },
    finish() {
      if (file === null) return
      text += `${JSON.stringify({ entries })}\n`
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

/** Null when there is none, or when it is not whole. Synchronous. */
export function readManifest(path: string): Manifest | null {
  let head: ManifestHead | null = null
  const entries = new Map<string, ManifestEntry>()
  let lines = 0
  let isWhole = false
  try {
    for (const line of linesOf(path)) {
      const value = JSON.parse(line) as ManifestHead | ManifestEntry | { readonly entries: number }
      if (isWhole) return null
      if ('version' in value) head = value
      else if ('path' in value) {
        entries.set(value.path, value)
        lines += 1
      } else isWhole = value.entries === lines
    }
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null
    throw error
  }
  return head?.version === 1 && isWhole ? { head, entries } : null
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
