import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
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

/** The bytes of a manifest, in memory that threads share, and where each of its lines begins, and what would follow. */
export interface ManifestText {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  readonly starts: Float64Array<SharedArrayBuffer>
}

/** A manifest of which nothing but the head was parsed. */
export interface ManifestLines extends ManifestEntries {
  readonly text: ManifestText
  readonly head: ManifestHead
  /** True when a path may have several entries. */
  readonly hasAgain: boolean
}

/** Entries of a manifest by their places, parsed when they are asked for. */
export interface ManifestEntries {
  /** How many there are. */
  readonly length: number
  /** @throws SyntaxError when it is broken there */
  at(place: number): ManifestEntry
  /** The entry as it stands in the file, without the end of the line. */
  textAt(place: number): string
}

/** A manifest that is being written. It takes its name when it is complete and on the disk. */
export interface ManifestWriter {
  /** @param isAgain whether there is one for its path already */
  add(entry: ManifestEntry, isAgain?: boolean): void
  /** A file as it stands in another manifest, but for the time of its last change. @param changedAt nanoseconds since 1970 */
  repeat(text: string, changedAt: bigint): void
  finish(): void
  /** Leaves nothing of it. Harmless after `finish`. */
  abandon(): void
}

/** Ends the name of a manifest that is still being written. */
const unfinishedSuffix = '.tmp'
const pieceLength = 262_144
const newline = 0x0a
/** What a file ends with, but for its value: it is all that another name for it changes. */
const lastField = ',"ctime":"'

/** Synchronous, for a thread that does nothing else. */
export function openManifest(path: string, head: ManifestHead): ManifestWriter {
  const temporary = `${path}${unfinishedSuffix}`
  let file: number | null = openSync(temporary, 'w', 0o600)
  let text = `${JSON.stringify(head)}\n`
  let entries = 0
  let again = false

  function addLine(line: string): void {
    text += `${line}\n`
    entries += 1
    if (text.length >= pieceLength) write()
  }

  function write(): void {
    const bytes = Buffer.from(text)
    if (file !== null) writeWhole(file, bytes)
    text = ''
  }

  return {
    add(entry, isAgain = false) {
      again ||= isAgain
      addLine(JSON.stringify(entry))
    },
    repeat: (line, changedAt) =>
      addLine(`${line.slice(0, line.lastIndexOf(lastField))}${lastField}${changedAt}"}`),
    finish() {
      if (file === null) return
      text += `${JSON.stringify({ entries, again })}\n`
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

/** Null when there is none, or when its beginning or its end is missing; whether all between is whole shows later. */
export function readManifestLines(path: string): ManifestLines | null {
  try {
    const bytes = readShared(path)
    const text = { bytes, starts: startsOf(bytes) }
    const lineAt = createLineAt(text)
    const entries = entriesOf(text)
    const head = JSON.parse(lineAt(0)) as Partial<ManifestHead>
    const end = JSON.parse(lineAt(entries.length + 1)) as Partial<{ entries: number; again: boolean }>
    if (head.version !== 1 || end.entries !== entries.length) return null
    return { ...entries, text, head: head as ManifestHead, hasAgain: end.again !== false }
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null
    throw error
  }
}

/** Between its first and its last line. */
export function entriesOf(text: ManifestText): ManifestEntries {
  const lineAt = createLineAt(text)
  return {
    length: text.starts.length - 3,
    at: (place) => parseEntry(lineAt(place + 1)),
    textAt: (place) => lineAt(place + 1),
  }
}

function createLineAt({ bytes, starts }: ManifestText): (line: number) => string {
  const buffer = bufferOf(bytes)
  return (line) => buffer.toString('utf8', starts[line], (starts[line + 1] ?? 1) - 1)
}

/** Of a file that is replaced but never written to. */
function readShared(path: string): Uint8Array<SharedArrayBuffer> {
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(file).size))
    let at = 0
    for (let length = -1; at < bytes.length && length !== 0; at += length)
      length = readSync(file, bytes, at, bytes.length - at, null)
    return bytes.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

/** A line that does not end was cut, and is none. */
function startsOf(bytes: Uint8Array<SharedArrayBuffer>): Float64Array<SharedArrayBuffer> {
  const buffer = bufferOf(bytes)
  const found = [0]
  for (let at = buffer.indexOf(newline); at !== -1; at = buffer.indexOf(newline, at + 1)) found.push(at + 1)
  const starts = new Float64Array(new SharedArrayBuffer(found.length * Float64Array.BYTES_PER_ELEMENT))
  starts.set(found)
  return starts
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<SharedArrayBuffer>) {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function parseEntry(line: string): ManifestEntry {
  const entry = JSON.parse(line) as ManifestEntry
  if (typeof entry?.path !== 'string') throw new SyntaxError('A manifest has a line that is no entry.')
  return entry
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
