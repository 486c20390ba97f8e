import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ManifestEntry, ManifestHead } from './manifest.ts'
import { isMissing } from './manifest-file.ts'

/** The bytes of a manifest, in memory that threads share, where each of its lines begins, and where the last one ends. */
export interface ManifestText {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  readonly starts: Float64Array<SharedArrayBuffer>
}

/** Entries of a manifest by their places, parsed when they are asked for. */
export interface ManifestEntries {
  /** How many there are. */
  readonly length: number
  /** @param to the place behind the last one @throws SyntaxError when one of them is broken */
  parse(from: number, to: number): ManifestEntry[]
  /** The entry as it stands in the file, without the end of the line. */
  lineAt(place: number): Uint8Array
}

/** A manifest of which nothing but its head was parsed. */
export interface ManifestLines extends ManifestEntries {
  readonly text: ManifestText
  readonly head: ManifestHead
  /** True when a path may have several entries. */
  readonly hasAgain: boolean
}

const [newline, comma, opening, closing] = Buffer.from('\n,[]')

/** Null when there is none, or when its beginning or its end is missing; whether all between is whole shows later. */
export function readManifestLines(path: string): ManifestLines | null {
  try {
    const bytes = readShared(path)
    const text = { bytes, starts: startsOf(bytes) }
    const entries = entriesOf(text)
    const valueAt = (line: number) => JSON.parse(bufferOf(lineOf(text, line)).toString())
    const head: Partial<ManifestHead> = valueAt(0)
    const end: Partial<{ entries: number; again: boolean }> = valueAt(entries.length + 1)
    if (head.version !== 1 || end.entries !== entries.length) return null
    return { ...entries, text, head: head as ManifestHead, hasAgain: end.again !== false }
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null
    throw error
  }
}

/** Those between its first and its last line. */
export function entriesOf(text: ManifestText): ManifestEntries {
  return {
    length: text.starts.length - 3,
    parse: (from, to) => (from < to ? parseLines(text, from + 1, to + 1) : []),
    lineAt: (place) => lineOf(text, place + 1),
  }
}

/** Many at a time, as a list: that takes half as long as one by one. */
function parseLines({ bytes, starts }: ManifestText, from: number, to: number): ManifestEntry[] {
  const [begin = 0, end = 0] = [starts[from], starts[to]]
  const list = Buffer.allocUnsafe(end - begin + 1)
  list[0] = opening as number
  list.set(bytes.subarray(begin, end), 1)
  for (let line = from + 1; line < to; line += 1) list[(starts[line] as number) - begin] = comma as number
  list[end - begin] = closing as number
  const entries: ManifestEntry[] = JSON.parse(list.toString())
  if (entries.length !== to - from || entries.some((entry) => typeof entry?.path !== 'string'))
    throw new SyntaxError('A manifest has a line that is no entry.')
  return entries
}

function lineOf({ bytes, starts }: ManifestText, line: number): Uint8Array<SharedArrayBuffer> {
  return bytes.subarray(starts[line] ?? 0, (starts[line + 1] ?? 1) - 1)
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
  for (let at = buffer.indexOf(newline as number); at !== -1; at = buffer.indexOf(newline as number, at + 1))
    found.push(at + 1)
  const starts = new Float64Array(new SharedArrayBuffer(found.length * Float64Array.BYTES_PER_ELEMENT))
  starts.set(found)
  return starts
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<SharedArrayBuffer>) {
  return Buffer.from(buffer, byteOffset, byteLength)
}
