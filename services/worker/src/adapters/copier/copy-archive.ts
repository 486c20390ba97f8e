import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReleaseSettings, Source } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'
import { extract, type Header } from 'tar-stream'
import type { ManifestHead } from '../../manifest/manifest.ts'
import { openManifest } from '../../manifest/manifest-file.ts'
import { watchEndOfArchive } from '../end-of-archive.ts'
import { createEntryReader, type Entry } from '../entry-rules.ts'
import type { JobContext } from './jobs.ts'
import { createPathRules, type PathRules } from './path-rules.ts'
import { readPrevious } from './read-previous.ts'
import { createTreeWriter, type TreeTotals, type TreeWriter } from './tree-writer.ts'

/** What a copy needs wherever its content comes from. Plain values: it goes to the thread. */
export interface CopyTarget {
  /** An empty folder that nobody else writes to. */
  readonly folder: string
  readonly limits: Source['limits']
  readonly owner: ReleaseSettings['owner'] | null
  readonly shared: readonly string[]
  /** Those of `shared` that have their content already. */
  readonly kept: readonly string[]
  readonly writable: readonly string[]
  /** Paths that must be there; see `foundKept`. */
  readonly require: readonly string[]
  /** Where the manifest goes, and what stands at its top; null: there is to be none. */
  readonly manifest: { readonly path: string; readonly head: ManifestHead } | null
  /** What files may be taken over from; null: all are written. */
  readonly previous: { readonly folder: string; readonly manifest: string } | null
}

export interface CopyTotals extends TreeTotals {
  /** All files of the source. */
  readonly files: number
  readonly bytes: number
  /** Those of `require` that the source has, and that are not in the folder, because shared/ has them. */
  readonly foundKept: readonly string[]
}

/** Files up to this size are held in memory until it is known whether they are to be written at all. */
const smallFile = 1_048_576
/** Of a tar archive. */
const blockLength = 512

/**
 * Writes the entries of an archive, stream 0, below an empty folder. Memory does not grow with the size of the archive.
 * @throws SlipwayError SOURCE_REFUSED, SOURCE_TOO_LARGE, SOURCE_MISSING, ARCHIVE_BROKEN; errors of the disk as they are
 */
export async function copyArchive(target: CopyTarget, context: JobContext): Promise<CopyTotals> {
  const rules = createPathRules(target)
  // Before anything else: the engine packs while the manifest of the release before is read.
  const archive = context.open(0)
  const previous = readPrevious(target.previous, target.owner ?? null)
  const manifest = target.manifest && openManifest(target.manifest.path, target.manifest.head)
  try {
    const writer = createTreeWriter({
      ...{ folder: target.folder, owner: target.owner ?? null, rules, previous, limits: target.limits },
      onEntry: (entry) => manifest?.add(entry),
    })
    const found = await readArchive(archive, target, rules, writer, context)
    const totals = writer.finish()
    context.check()
    manifest?.finish()
    return { ...found, ...totals }
  } finally {
    manifest?.abandon()
  }
}

async function readArchive(
  pieces: ReturnType<JobContext['open']>,
  target: CopyTarget,
  rules: PathRules,
  writer: TreeWriter,
  context: JobContext,
) {
  const readEntry = createEntryReader(target.limits)
  const entries = extract()
  const end = watchEndOfArchive()
  const archive = Readable.from(pieces, { objectMode: false })
  const reading = pipeline(archive, end.stream, entries)
  // The loop below ends with the same error; this keeps it from being called unhandled before.
  reading.catch(() => {})
  const required = new Set(target.require)
  const foundKept: string[] = []
  let files = 0
  let bytes = 0
  let contentEnd = 0
  try {
    for await (const stream of entries) {
      context.check()
      contentEnd = endOf(stream.header)
      const entry = readEntry(stream.header)
      if (entry) {
        if (required.has(entry.path) && rules.kindOf(entry.path) === 'kept') foundKept.push(entry.path)
        if (entry.kind === 'file') {
          context.onFile()
          files += 1
          bytes += entry.size
        }
        await write(writer, entry, stream as unknown as Readable, context)
      }
      stream.resume()
    }
    await reading
    end.require(contentEnd)
  } catch (error) {
    entries.destroy()
    archive.destroy()
    throw asArchiveError(error)
  }
  return { files, bytes, foundKept }
}

async function write(writer: TreeWriter, entry: Entry, stream: Readable, context: JobContext): Promise<void> {
  if (entry.kind === 'folder') writer.folder(entry.path)
  else if (entry.kind === 'link') writer.link(entry.path, entry.target)
  else if (entry.kind === 'hard-link') writer.hardLink(entry.path, entry.target)
  else if (entry.size <= smallFile) writer.file(entry.path, entry.mode, await collect(stream))
  else await writeLarge(writer, entry, stream, context)
}

async function writeLarge(
  writer: TreeWriter,
  { path, mode, size }: Extract<Entry, { readonly kind: 'file' }>,
  stream: Readable,
  context: JobContext,
): Promise<void> {
  const file = writer.openFile(path, mode, size)
  try {
    for await (const piece of stream) {
      context.check()
      file.write(piece as Uint8Array)
    }
    file.finish()
  } finally {
    file.abandon()
  }
}

/** Where the content of an entry ends in its archive. The parser tells where it begins; its types do not know that. */
function endOf(header: Header & { readonly byteOffset?: number }): number {
  const length = header.type === 'directory' ? 0 : (header.size ?? 0)
  return (header.byteOffset ?? 0) + Math.ceil(length / blockLength) * blockLength
}

async function collect(stream: Readable): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece as Uint8Array)
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}

function asArchiveError(error: unknown): unknown {
  const isOfDisk = error instanceof Error && 'syscall' in error && 'path' in error
  if (error instanceof SlipwayError || isOfDisk) return error
  const isDiskFull =
    error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
  if (isDiskFull) return error
  return new SlipwayError('ARCHIVE_BROKEN', 'The archive of the source cannot be read to its end.', {
    cause: error,
  })
}
