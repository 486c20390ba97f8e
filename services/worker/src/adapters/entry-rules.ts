import type { Source } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'
import type { Header } from 'tar-stream'
import { createParentOf } from '../layers/parent-of.ts'

/** One thing to write, already proven harmless. Paths are relative to the release. */
export type Entry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly mode: 0o644 | 0o755; readonly size: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'hard-link'; readonly path: string; readonly target: string }

export type EntryReader = (header: Header) => Entry | null

const longestName = 255
const longestPath = 4_096
// U+FFFD stands where the bytes of a name were no UTF-8: such a name could not be written as it was.
const unwritable = /[\p{Cc}\ufffd\\]/u
/** A name in a path that is empty, `.` or `..`. */
const climbing = /(?:^|\/)\.{0,2}(?:\/|$)/
/** So many letters are never more bytes than a name may have. */
const shortPath = Math.floor(longestName / 3)

/**
 * Judges the entries of one archive in order. An archive is untrusted whoever made it: names must not climb, parents
 * must be folders that this same archive made, links must stay inside, and devices are not written at all. Null for
 * the folder that the archive itself is about.
 * @throws SlipwayError SOURCE_REFUSED, SOURCE_TOO_LARGE, SOURCE_MISSING
 */
export function createEntryReader(limits: Source['limits']): EntryReader {
  const folders = new Set([''])
  const seen = new Set<string>()
  const files = new Set<string>()
  const parentOf = createParentOf()
  let prefix: string | null = null
  let bytes = 0

  return (header) => {
    if (prefix === null) {
      prefix = readRoot(header)
      return null
    }
    const path = relativeTo(prefix, header.name)
    requireFits(path, limits)
    requireNew(path, seen, limits)
    requireParent(path, parentOf(path), folders)
    if (header.type === 'directory') {
      folders.add(path)
      return { kind: 'folder', path }
    }
    if (header.type === 'symlink')
      return { kind: 'link', path, target: insideTarget(path, header.linkname ?? '') }
    if (header.type === 'link') {
      const target = relativeTo(prefix, header.linkname ?? '')
      if (!files.has(target))
        throw refused(path, 'is a hard link to something that is not a file of this source')
      files.add(path)
      return { kind: 'hard-link', path, target }
    }
    if (header.type !== 'file' && header.type !== 'contiguous-file')
      throw refused(path, `is a ${header.type}`)
    const size = header.size ?? 0
    if (size > limits.file) throw tooLarge(`a file of more than ${limits.file} bytes`)
    bytes += size
    if (bytes > limits.bytes) throw tooLarge(`more than ${limits.bytes} bytes`)
    files.add(path)
    // Only whether it can be run is kept: no setuid, no file that others may write.
    return { kind: 'file', path, size, mode: (header.mode ?? 0) & 0o111 ? 0o755 : 0o644 }
  }
}

function readRoot(header: Header): string {
  if (header.type === 'symlink')
    throw new SlipwayError('SOURCE_REFUSED', '`source.path` is a link in this image; name the folder itself.')
  if (header.type !== 'directory')
    throw new SlipwayError('SOURCE_MISSING', '`source.path` is not a folder in this image.')
  return header.name.replace(/\/*$/, '/')
}

function relativeTo(prefix: string, name: string): string {
  if (!name.startsWith(prefix)) throw refused(name, 'lies outside the source')
  const path = name.slice(prefix.length).replace(/\/+$/, '')
  requireName(path)
  return path
}

/** @throws SlipwayError SOURCE_REFUSED */
export function requireName(path: string): void {
  if (unwritable.test(path)) throw refused(path, 'has a name with control characters or broken text')
  if (climbing.test(path)) throw refused(path, 'has a name that climbs or is empty')
}

/** @throws SlipwayError SOURCE_TOO_LARGE */
export function requireFits(path: string, limits: Source['limits']): void {
  if (depthOf(path) > limits.depth) throw tooLarge(`folders more than ${limits.depth} deep`)
  if (path.length <= shortPath) return
  const isLong =
    Buffer.byteLength(path) > longestPath ||
    path.split('/').some((part) => Buffer.byteLength(part) > longestName)
  if (isLong) throw tooLarge('a name that is too long for the file system')
}

/** How many names a path has. */
export function depthOf(path: string): number {
  let depth = 1
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth += 1
  return depth
}

function requireNew(path: string, seen: Set<string>, limits: Source['limits']): void {
  if (seen.has(path)) throw refused(path, 'stands twice in the archive')
  seen.add(path)
  if (seen.size > limits.entries) throw tooLarge(`more than ${limits.entries} entries`)
}

function requireParent(path: string, parent: string, folders: ReadonlySet<string>): void {
  if (!folders.has(parent)) throw refused(path, 'lies in something that is not a folder')
}

/**
 * A link may climb with leading `..` only, and not above the release: the folders it climbs through are ours and real.
 * A `..` after a name is refused, because that name may be another link, and then the text does not say where it leads.
 * @throws SlipwayError SOURCE_REFUSED
 */
export function insideTarget(path: string, target: string): string {
  if (unwritable.test(target))
    throw refused(path, 'is a link to a name with control characters or broken text')
  if (target === '' || target.startsWith('/')) throw refused(path, 'is a link with an absolute target')
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.findIndex((part) => part !== '..')
  const leading = climbs < 0 ? parts.length : climbs
  if (leading > depthOf(path) - 1) throw refused(path, 'is a link out of the source')
  if (parts.slice(leading).includes('..')) throw refused(path, 'is a link that climbs after it descended')
  return target
}

function refused(path: string, why: string): SlipwayError {
  return new SlipwayError('SOURCE_REFUSED', `The entry ${JSON.stringify(path.slice(0, longestName))} ${why}.`)
}

function tooLarge(what: string): SlipwayError {
  return new SlipwayError('SOURCE_TOO_LARGE', `The source has ${what}.`)
}
