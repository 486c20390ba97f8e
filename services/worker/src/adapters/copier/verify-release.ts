import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { posix } from 'node:path'
import type { DriftReport } from '@slipway/core'
import { SlipwayError } from '@slipway/core/errors'
import type { ManifestEntry } from '../../manifest/manifest.ts'
import { type Manifest, openManifest } from '../../manifest/manifest-file.ts'
import type { JobContext } from './jobs.ts'
import { knowManifest } from './known-manifest.ts'
import { isAtOrBelow } from './path-rules.ts'
import { contentIs, type FileOnDisk, lstatOrNull } from './previous-release.ts'
import { onDisk } from './tree-writer.ts'

/** What is compared. Plain values: it goes to the thread. */
export interface VerifyInput {
  /** Name of the release. */
  readonly release: string
  readonly folder: string
  /** Where its manifest lies. */
  readonly manifest: string
  /** Where what outlives releases lies. */
  readonly shared: string
  /** True: the content of every file is read. False: only where the disk says that something happened to it. */
  readonly full: boolean
  /** Of each kind so many paths are told. */
  readonly most: number
  /** Milliseconds since 1970, for the report. */
  readonly at: number
}

export type ResealInput = Omit<VerifyInput, 'full' | 'most' | 'at'>

/**
 * Compares a release with its manifest, without following a link.
 * @throws SlipwayError RELEASE_UNKNOWN when it has none
 */
export async function verifyRelease(input: VerifyInput, context: JobContext): Promise<DriftReport> {
  const manifest = requireManifest(input)
  const look = inspect(input, manifest, context)
  const cut = (paths: string[]) => paths.sort().slice(0, input.most)
  const counts = {
    added: look.added.length,
    changed: look.changed.length,
    missing: look.missing.length,
  }
  const [added, changed, missing] = [cut(look.added), cut(look.changed), cut(look.missing)]
  const { read, files } = look
  const { digest } = manifest.head
  return { release: input.release, digest, at: input.at, added, changed, missing, counts, read, files }
}

/**
 * Writes the manifest anew for files whose times on the disk changed while their content is right: deleting an older
 * release changes those of every file that both have. How many there were.
 * @throws SlipwayError RELEASE_UNKNOWN when it has no manifest
 */
export async function resealRelease(
  input: ResealInput,
  context: JobContext,
): Promise<{ readonly files: number }> {
  const manifest = requireManifest(input)
  const { fresh } = inspect({ ...input, full: false }, manifest, context)
  if (fresh.size === 0) return { files: 0 }
  const writer = openManifest(input.manifest, manifest.head)
  try {
    for (const [path, entry] of manifest.entries) writer.add(fresh.get(path) ?? entry)
    context.check()
    writer.finish()
  } finally {
    writer.abandon()
  }
  return { files: fresh.size }
}

function requireManifest({ release, manifest }: Pick<VerifyInput, 'release' | 'manifest'>): Manifest {
  const found = knowManifest(manifest)?.whole()
  if (found && found.head.release === release) return found
  throw new SlipwayError('RELEASE_UNKNOWN', `The release ${release} has no manifest that can be read.`)
}

interface Look {
  readonly added: string[]
  readonly changed: string[]
  readonly missing: string[]
  /** Entries whose facts on the disk are other than the manifest has, and whose content was read and is right. */
  readonly fresh: Map<string, ManifestEntry>
  /** Files whose content was read. */
  read: number
  files: number
}

function inspect(
  input: ResealInput & Pick<VerifyInput, 'full'>,
  { head, entries }: Manifest,
  { check }: JobContext,
): Look {
  const look: Look = { added: [], changed: [], missing: [], fresh: new Map(), read: 0, files: 0 }
  const seen = new Set<string>()
  // Folders that linking makes on the way to what it links.
  const implied = new Set([...head.shared, ...head.writable].flatMap(foldersOnTheWay))
  const isShared = (path: string) => head.shared.includes(path)
  const isFree = (path: string) => isAtOrBelow(path, head.writable)

  function walk(under: string): void {
    for (const found of readdirSync(under === '' ? input.folder : `${input.folder}/${under}`, {
      withFileTypes: true,
    })) {
      check()
      const path = under === '' ? found.name : `${under}/${found.name}`
      seen.add(path)
      if (isShared(path)) {
        if (!leadsToShared(input, path)) look.changed.push(path)
        continue
      }
      const isFolder = found.isDirectory()
      const entry = entries.get(path)
      if (isFree(path)) {
        // What lies in it is the site's; that it is a folder is not.
        if (head.writable.includes(path) && !isFolder) look.changed.push(path)
        // A shared path may lie in it, and is a link of ours there.
        if (isFolder && head.shared.some((shared) => shared.startsWith(`${path}/`))) walk(path)
        continue
      }
      if (!entry) {
        if (!(isFolder && implied.has(path))) look.added.push(path)
      } else if (!isAsItWas(entry, path)) look.changed.push(path)
      if (isFolder) walk(path)
    }
  }

  function isAsItWas(entry: ManifestEntry, path: string): boolean {
    const place = `${input.folder}/${path}`
    if (entry.kind === 'file') return isSameFile(entry, place)
    const facts = lstatOrNull(place)
    if (!facts) return false
    if (entry.kind === 'link') return facts.isSymbolicLink() && readlinkSync(place) === entry.target
    return facts.isDirectory() && (Number(facts.mode) & 0o7777) === 0o755
  }

  function isSameFile(entry: FileOnDisk, place: string): boolean {
    const facts = lstatOrNull(place)
    look.files += 1
    if (!facts?.isFile() || facts.size !== BigInt(entry.size)) return false
    if ((Number(facts.mode) & 0o7777) !== entry.mode) return false
    const isUntouched =
      facts.ino === BigInt(entry.inode) &&
      facts.mtimeNs === BigInt(entry.mtime) &&
      facts.ctimeNs === BigInt(entry.ctime)
    if (isUntouched && !input.full) return true
    look.read += 1
    if (!contentIs(place, entry, facts, check)) return false
    if (!isUntouched) look.fresh.set(entry.path, onDisk(entry, facts))
    return true
  }

  requireFolder(input)
  walk('')
  for (const path of entries.keys()) {
    if (!seen.has(path) && !isFree(path) && !isAtOrBelow(path, head.shared)) look.missing.push(path)
  }
  for (const path of head.shared) if (!seen.has(path)) look.missing.push(path)
  for (const path of head.writable) {
    if (!seen.has(path) && !isAtOrBelow(path, head.shared)) look.missing.push(path)
  }
  return look
}

function requireFolder({ release, folder }: Pick<VerifyInput, 'release' | 'folder'>): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  throw new SlipwayError('RELEASE_UNKNOWN', `The release ${release} has no folder any more.`)
}

/** True when the path is the link that linking made: relative, and to its own place in shared/. */
function leadsToShared({ folder, shared }: Pick<VerifyInput, 'folder' | 'shared'>, path: string): boolean {
  const place = `${folder}/${path}`
  if (!lstatOrNull(place)?.isSymbolicLink()) return false
  return readlinkSync(place) === posix.relative(posix.dirname(place), `${shared}/${path}`)
}

function foldersOnTheWay(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
