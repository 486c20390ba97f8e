import { constants } from 'node:fs'
import { chmod, chown, lchown, link, mkdir, open, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SlipwayError, type Source } from '@slipway/core'
import { extract, type Header } from 'tar-stream'
import type { CopyReport } from '../ports/release-store.ts'
import { watchEndOfArchive } from './end-of-archive.ts'
import { createEntryReader, type Entry } from './entry-rules.ts'
import { type Lanes, openLanes } from './lanes.ts'

export interface ExtractOptions {
  readonly limits: Source['limits']
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly signal: AbortSignal
  /** Called for each file, before it is written. */
  readonly onFile?: () => void
}

/** Files up to this size are held in memory, so that several can be on their way to the disk at once. */
const smallFile = 1_048_576
const writesAtOnce = 16
/** Of a tar archive. */
const blockLength = 512

/**
 * Writes the entries of an archive below an empty folder that nobody else writes to. Memory does not grow with the
 * size of the archive.
 * @throws SlipwayError SOURCE_REFUSED, SOURCE_TOO_LARGE, SOURCE_MISSING, ARCHIVE_BROKEN; errors of the disk as they are
 */
export async function extractSource(
  archive: Readable,
  target: string,
  options: ExtractOptions,
): Promise<CopyReport> {
  const { signal } = options
  const readEntry = createEntryReader(options.limits)
  const lanes = openLanes(writesAtOnce)
  const writer = createWriter(target, options.owner, lanes)
  const entries = extract()
  const end = watchEndOfArchive()
  const reading = pipeline(archive, end.stream, entries, { signal })
  // The loop below ends with the same error; this keeps it from being called unhandled before.
  reading.catch(() => {})
  let files = 0
  let bytes = 0
  let contentEnd = 0
  try {
    for await (const stream of entries) {
      contentEnd = endOf(stream.header)
      const entry = readEntry(stream.header)
      if (entry?.kind === 'file') options.onFile?.()
      if (entry) await writer.write(entry, stream as unknown as Readable)
      if (entry?.kind === 'file') {
        files += 1
        bytes += entry.size
      }
      stream.resume()
    }
    await reading
    end.require(contentEnd)
    await lanes.drain()
  } catch (error) {
    entries.destroy()
    archive.destroy()
    await lanes.drain().catch(() => {})
    signal.throwIfAborted()
    throw asArchiveError(error)
  }
  return { files, bytes }
}

function createWriter(target: string, owner: ExtractOptions['owner'], lanes: Lanes) {
  async function own(path: string): Promise<void> {
    if (owner) await lchown(path, owner.uid, owner.gid)
  }

  async function writeFile(path: string, mode: number, content: Uint8Array | Readable): Promise<void> {
    // O_EXCL and O_NOFOLLOW: whatever is there already was not made by us, and is not written through.
    const file = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      mode,
    )
    try {
      // Not write(): that may write less than it was given, and says so by a number only.
      if (content instanceof Uint8Array) await file.writeFile(content)
      else for await (const chunk of content) await file.writeFile(chunk as Uint8Array)
      // The mode of open() is cut by the umask of the process.
      await file.chmod(mode)
      if (owner) await file.chown(owner.uid, owner.gid)
    } finally {
      await file.close()
    }
  }

  return {
    async write(entry: Entry, stream: Readable): Promise<void> {
      const path = join(target, entry.path)
      if (entry.kind === 'folder') {
        await mkdir(path)
        await chmod(path, 0o755)
        if (owner) await chown(path, owner.uid, owner.gid)
      } else if (entry.kind === 'link') {
        await symlink(entry.target, path)
        await own(path)
      } else if (entry.kind === 'hard-link') {
        // The file it names may still be on its way.
        await lanes.drain()
        await link(join(target, entry.target), path)
      } else if (entry.size <= smallFile) {
        const content = await collect(stream)
        await lanes.run(() => writeFile(path, entry.mode, content))
      } else {
        await writeFile(path, entry.mode, stream)
      }
    },
  }
}

/** Where the content of an entry ends in its archive. The parser tells where it begins; its types do not know that. */
function endOf(header: Header & { readonly byteOffset?: number }): number {
  const length = header.type === 'directory' ? 0 : (header.size ?? 0)
  return (header.byteOffset ?? 0) + Math.ceil(length / blockLength) * blockLength
}

async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
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
