import { createHash } from 'node:crypto'
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import { createParentOf } from '../../layers/parent-of.ts'
import type { ManifestEntry, TreeEntry } from '../../manifest/manifest.ts'
import type { Manifest } from '../../manifest/manifest-file.ts'

export type FileEntry = Extract<TreeEntry, { readonly kind: 'file' }>
export type FileOnDisk = Extract<ManifestEntry, { readonly kind: 'file' }>

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Without a group: any, as a folder may hand down its own. */
export type WantedOwner = Owner | { readonly uid: number; readonly gid: null }

/** Files of a release on the disk. */
export interface Prover {
  /**
   * What the file is now, when it is proven to be what its entry says and to belong to whom it must; else null. No link
   * is followed on the way.
   */
  prove(entry: FileOnDisk): BigIntStats | null
  /** Where a path of it lies. */
  placeOf(path: string): string
}

/** A release that files can be taken over from, as long as they are what its manifest says. */
export interface PreviousRelease extends Prover {
  /** What the manifest has for this path when it is the same file: size, content, mode. */
  find(entry: FileEntry): FileOnDisk | null
  /** True when there may be something to take over: the manifest has a file of this size there. */
  mayHave(path: string, size: number): boolean
}

const pieceLength = 262_144

/** Files below `folder`. Synchronous. */
export function openProver(folder: string, owner: WantedOwner): Prover {
  const realFolders = new Map<string, boolean>()
  const parentOf = createParentOf()
  const placeOf = (path: string) => `${folder}/${path}`

  function isRealFolder(path: string): boolean {
    const known = realFolders.get(path)
    if (known !== undefined) return known
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const isReal =
      (path === '' || isRealFolder(parent)) &&
      lstatOrNull(path === '' ? folder : placeOf(path))?.isDirectory() === true
    realFolders.set(path, isReal)
    return isReal
  }

  return {
    placeOf,
    prove(entry) {
      if (!isRealFolder(parentOf(entry.path))) return null
      const facts = lstatOrNull(placeOf(entry.path))
      if (!facts || !isAsWritten(facts, entry, owner) || facts.ino !== BigInt(entry.inode)) return null
      if (facts.mtimeNs === BigInt(entry.mtime) && facts.ctimeNs === BigInt(entry.ctime)) return facts
      return contentIs(placeOf(entry.path), entry, facts) ? facts : null
    },
  }
}

/** The same, as `manifest` knows them. */
export function openPreviousRelease(folder: string, manifest: Manifest, owner: WantedOwner): PreviousRelease {
  return {
    ...openProver(folder, owner),
    mayHave(path, size) {
      const entry = manifest.entries.get(path)
      return entry?.kind === 'file' && entry.size === size
    },
    find({ path, size, sha256, mode }) {
      const entry = manifest.entries.get(path)
      if (entry?.kind !== 'file') return null
      return entry.size === size && entry.sha256 === sha256 && entry.mode === mode ? entry : null
    },
  }
}

/** Kind, size, mode and owner, without the content. */
function isAsWritten(facts: BigIntStats, entry: FileEntry, owner: WantedOwner): boolean {
  return (
    facts.isFile() &&
    Number(facts.size) === entry.size &&
    (Number(facts.mode) & 0o7777) === entry.mode &&
    Number(facts.uid) === owner.uid &&
    (owner.gid === null || Number(facts.gid) === owner.gid)
  )
}

/** Reads the file and compares; false as well when it is another one than `facts` are of. Links are not followed. */
export function contentIs(
  path: string,
  entry: Pick<FileEntry, 'size' | 'sha256'>,
  facts: BigIntStats,
  onPiece: () => void = () => {},
): boolean {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
  try {
    const before = fstatSync(file, { bigint: true })
    if (!isSame(before, facts)) return false
    if (hashOf(file, entry.size, onPiece) !== entry.sha256) return false
    return isSame(fstatSync(file, { bigint: true }), facts)
  } finally {
    closeSync(file)
  }
}

/** The content of an open file up to `most` bytes and one, as a digest; null when there is more. */
export function hashOf(file: number, most: number, onPiece: () => void = () => {}): string | null {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(Math.min(pieceLength, most + 1))
  let total = 0
  for (;;) {
    onPiece()
    const length = readSync(file, piece)
    if (length === 0) return hash.digest('hex')
    total += length
    if (total > most) return null
    hash.update(piece.subarray(0, length))
  }
}

/** True when nothing happened to the file between the two looks. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return isSameButForLinks(one, other) && one.ctimeNs === other.ctimeNs
}

/** True when nothing happened to the file but that it has another number of names: that changes its ctime. */
export function isSameButForLinks(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.mtimeNs === other.mtimeNs
  )
}

/** Null when nothing is there. */
export function lstatOrNull(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

function isGone(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String(error.code))
  )
}
