import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReleaseSettings, Source } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'
import { extract, type Header } from 'tar-stream'
import type { ManifestHead } from '../../manifest/manifest.ts'
import { openManifest } from '../../manifest/manifest-file.ts'
import { watchEndOfArchive } from '../end-of-archive.ts'
import { createEntryReader, type Entry } from '../entry-rules.ts'
import type { JobContext, Pieces } from './jobs.ts'
import { createPathRules, type PathRules } from './path-rules.ts'
import { openPreviousRelease, type PreviousRelease } from './previous-release.ts'
import { createTreeWriter, type FileInPieces, type TreeTotals, type TreeWriter } from './tree-writer.ts'

/** A manifest that is to be written. */
export interface NewManifest {
  readonly path: string
  readonly head: ManifestHead
}

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
  readonly manifest: NewManifest | null
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
  const previous = previousOf(target, context)
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
    if (target.manifest) context.wrote(target.manifest)
    return { ...found, ...totals }
  } finally {
    manifest?.abandon()
  }
}

/** Null when there is none, or its manifest is gone or not whole. */
function previousOf({ previous, owner }: CopyTarget, { manifest }: JobContext): PreviousRelease | null {
  const known = previous && manifest(previous.manifest)?.whole()
  if (!known) return null
  return openPreviousRelease(previous.folder, known, owner ?? { uid: process.geteuid?.() ?? 0, gid: null })
}

/** Where the content of an entry goes. */
type Sink = FileInPieces

async function readArchive(
  pieces: Pieces,
  target: CopyTarget,
  rules: PathRules,
  writer: TreeWriter,
  context: JobContext,
) {
  const readEntry = createEntryReader(target.limits)
  const required = new Set(target.require)
  const found = { files: 0, bytes: 0, foundKept: [] as string[] }
  let contentEnd = 0

  function begin(header: Header): Sink {
    context.check()
    contentEnd = endOf(header)
    const entry = readEntry(header)
    if (!entry) return nowhere
    if (required.has(entry.path) && rules.kindOf(entry.path) === 'kept') found.foundKept.push(entry.path)
    if (entry.kind === 'file') {
      context.onFile()
      found.files += 1
      found.bytes += entry.size
    }
    return sinkOf(writer, entry, context)
  }

  const end = watchEndOfArchive()
  try {
    await readEntries(Readable.from(pieces, { objectMode: false }), end.stream, begin)
    end.require(contentEnd)
  } catch (error) {
    throw asArchiveError(error)
  }
  return found
}

/**
 * Hands the content of each entry over, one after the other. By events: to wait for each of twenty thousand small files
 * takes as long as all else that is done with it here.
 */
async function readEntries(
  archive: Readable,
  through: Transform,
  begin: (header: Header) => Sink,
): Promise<void> {
  const entries = extract()
  let current = nowhere
  function guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      entries.destroy(error as Error)
    }
  }
  entries.on('entry', (header, stream, next) => {
    // It fails with the archive, which is told of it.
    stream.on('error', () => {})
    guarded(() => {
      current = begin(header)
      const finish = () =>
        guarded(() => {
          current.finish()
          current = nowhere
          next()
        })
      // Nothing comes of it. Not at once: the parser would go on from within itself, as deep as there are folders.
      if (!header.size || header.type === 'directory') return queueMicrotask(finish)
      stream.on('data', (piece) => guarded(() => current.write(piece as Uint8Array)))
      stream.on('end', finish)
    })
  })
  try {
    await pipeline(archive, through, entries)
  } finally {
    current.abandon()
  }
}

const nowhere: Sink = { write() {}, finish() {}, abandon() {} }

function sinkOf(writer: TreeWriter, entry: Entry, { check }: JobContext): Sink {
  if (entry.kind === 'folder') writer.folder(entry.path)
  else if (entry.kind === 'link') writer.link(entry.path, entry.target)
  else if (entry.kind === 'hard-link') writer.hardLink(entry.path, entry.target)
  else return entry.size <= smallFile ? heldFile(writer, entry) : largeFile(writer, entry, check)
  return nowhere
}

type FileOfArchive = Extract<Entry, { readonly kind: 'file' }>

function heldFile(writer: TreeWriter, { path, mode }: FileOfArchive): Sink {
  const pieces: Uint8Array[] = []
  return {
    write: (piece) => pieces.push(piece),
    finish: () => writer.file(path, mode, joined(pieces)),
    abandon() {},
  }
}

function largeFile(writer: TreeWriter, { path, mode, size }: FileOfArchive, check: () => void): Sink {
  const file = writer.openFile(path, mode, size)
  return {
    ...file,
    write(piece) {
      check()
      file.write(piece)
    },
  }
}

/** Where the content of an entry ends in its archive. The parser tells where it begins; its types do not know that. */
function endOf(header: Header & { readonly byteOffset?: number }): number {
  const length = header.type === 'directory' ? 0 : (header.size ?? 0)
  return (header.byteOffset ?? 0) + Math.ceil(length / blockLength) * blockLength
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
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
