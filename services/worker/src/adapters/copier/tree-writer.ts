import { createHash, hash } from 'node:crypto'
import {
  type BigIntStats,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  symlinkSync,
} from 'node:fs'
import { SlipwayError } from '@slipway/core/errors'
import type { ManifestEntry } from '../../manifest/manifest.ts'
import { writeWhole } from '../../manifest/manifest-file.ts'
import { linkProven } from './link-proven.ts'
import type { PathRules } from './path-rules.ts'
import { type FileEntry, hashOf, type Owner, type PreviousRelease } from './previous-release.ts'

type Mode = FileEntry['mode']

export interface TreeWriterOptions {
  /** Absolute; empty, and nobody else writes to it. */
  readonly folder: string
  /** Null: who runs this. */
  readonly owner: Owner | null
  readonly rules: PathRules
  readonly previous: PreviousRelease | null
  /** Of copies of files that may not share their inode. */
  readonly limits: { readonly bytes: number }
  /** What is in the tree, for its manifest. What is below shared paths is not told. */
  readonly onEntry: (entry: ManifestEntry, isAgain?: boolean) => void
}

/** How much was done. */
export interface TreeTotals {
  /** Files that are hard links to those of the previous release. */
  readonly linked: number
  readonly written: number
  readonly writtenBytes: number
}

/** A file that comes in pieces. */
export interface FileInPieces {
  write(piece: Uint8Array): void
  /** All of it came. */
  finish(): void
  /** Closes it as it is, for a copy that ends here. Harmless after `finish`. */
  abandon(): void
}

/**
 * Writes a release below a folder, synchronously, in a thread that does nothing else. Paths are proven harmless
 * already, and each parent comes before what lies in it.
 * @throws errors of the disk as they are; SlipwayError SOURCE_REFUSED, SOURCE_TOO_LARGE by `hardLink`
 */
export interface TreeWriter {
  folder(path: string): void
  /** The same for one that is there, by this process: it gets its mode and its owner. */
  dress(path: string): void
  /** A file that is at hand whole: it is linked when the previous release has the same, else written. */
  file(path: string, mode: Mode, content: Uint8Array): void
  /** The same for one that does not fit into memory. */
  openFile(path: string, mode: Mode, size: number): FileInPieces
  link(path: string, target: string): void
  /** One more name for a file that this writer wrote. */
  hardLink(path: string, target: string): void
  /** To be called at the end, before the manifest is closed. */
  finish(): TreeTotals
}

const writeAnew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const copyLength = 1_048_576

export function createTreeWriter(options: TreeWriterOptions): TreeWriter {
  const { folder, owner, rules, previous, onEntry } = options
  const placeOf = (path: string) => `${folder}/${path}`
  /** Files that have several names in this tree: each new name changes what the others are on the disk. */
  const named = new Map<string, FileEntry>()
  let linked = 0
  let written = 0
  let writtenBytes = 0
  let copiedBytes = 0

  function tell(entry: FileEntry, facts: BigIntStats, isAgain = false): void {
    if (rules.kindOf(entry.path) !== 'shared') onEntry(onDisk(entry, facts), isAgain)
  }

  /** The mode of open() is cut by the umask of the process. To set it costs more than all the rest of a small file. */
  function seal(file: number, mode: Mode): BigIntStats {
    const facts = fstatSync(file, { bigint: true })
    const isRight = (Number(facts.mode) & 0o7777) === mode
    const isOwned = !owner || (facts.uid === BigInt(owner.uid) && facts.gid === BigInt(owner.gid))
    if (isRight && isOwned) return facts
    // In this order: to give a file away may take from its mode.
    if (!isOwned) fchownSync(file, owner.uid, owner.gid)
    fchmodSync(file, mode)
    return fstatSync(file, { bigint: true })
  }

  /** As with files: to set costs more than to look. */
  function dress(path: string): void {
    const kind = rules.kindOf(path)
    const place = placeOf(path)
    const mode = kind === 'writable' ? 0o775 : 0o755
    const facts = lstatSync(place)
    if (owner && (facts.uid !== owner.uid || facts.gid !== owner.gid)) chownSync(place, owner.uid, owner.gid)
    if ((facts.mode & 0o7777) !== mode) chmodSync(place, mode)
    if (kind !== 'shared') onEntry({ kind: 'folder', path })
  }

  function count(bytes: number): void {
    written += 1
    writtenBytes += bytes
  }

  /** What the file is, or null when it cannot be taken over. `as` is where it goes. */
  function take(entry: FileEntry, as: string): BigIntStats | null {
    const before = previous && rules.kindOf(entry.path) === 'own' ? previous.find(entry) : null
    return previous && before && linkProven(previous, before, as)
  }

  function adopt(entry: FileEntry): boolean {
    const facts = take(entry, placeOf(entry.path))
    if (!facts) return false
    linked += 1
    tell(entry, facts)
    return true
  }

  function file(path: string, mode: Mode, content: Uint8Array): void {
    if (rules.kindOf(path) === 'kept') return
    const entry: FileEntry = {
      kind: 'file',
      path,
      mode,
      size: content.length,
      sha256: hash('sha256', content),
    }
    if (adopt(entry)) return
    const descriptor = openSync(placeOf(path), writeAnew, mode)
    try {
      writeWhole(descriptor, content)
      tell(entry, seal(descriptor, mode))
    } finally {
      closeSync(descriptor)
    }
    count(content.length)
  }

  /** Writes first and takes over afterwards: what it is shows only at its end. */
  function openFile(path: string, mode: Mode, size: number): FileInPieces {
    if (rules.kindOf(path) === 'kept') return nothing
    const hashing = createHash('sha256')
    let length = 0
    let descriptor: number | null = openSync(placeOf(path), writeAnew, mode)
    function abandon(): void {
      if (descriptor !== null) closeSync(descriptor)
      descriptor = null
    }
    return {
      abandon,
      write(piece) {
        if (descriptor === null) return
        hashing.update(piece)
        length += piece.length
        writeWhole(descriptor, piece)
      },
      finish() {
        if (descriptor === null) return
        const entry: FileEntry = { kind: 'file', path, mode, size: length, sha256: hashing.digest('hex') }
        const facts = seal(descriptor, mode)
        abandon()
        if (previous?.mayHave(path, size) && replaceByLink(entry)) return
        tell(entry, facts)
        count(length)
      },
    }
  }

  /** Beside the tree, so that no name in it is in the way. */
  function replaceByLink(entry: FileEntry): boolean {
    const aside = `${folder}.link`
    const facts = take(entry, aside)
    if (!facts) return false
    renameSync(aside, placeOf(entry.path))
    linked += 1
    tell(entry, lstatSync(placeOf(entry.path), { bigint: true }))
    return true
  }

  function hardLink(path: string, target: string): void {
    const [kind, targetKind] = [rules.kindOf(path), rules.kindOf(target)]
    if (kind === 'kept') return
    if (targetKind === 'kept') {
      const why = 'is a hard link to a file of a shared path'
      throw new SlipwayError('SOURCE_REFUSED', `The entry ${JSON.stringify(path.slice(0, 255))} ${why}.`)
    }
    const entry = named.get(target) ?? describe(target)
    // What the site writes to one of them must not come up in the other.
    if (kind === 'own' && targetKind === 'own') {
      linkSync(placeOf(target), placeOf(path))
      named.set(target, entry)
      named.set(path, { ...entry, path })
    } else copy({ ...entry, path }, target)
  }

  /** Of a file that was written before. */
  function describe(path: string): FileEntry {
    const descriptor = openSync(placeOf(path), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size, mode } = fstatSync(descriptor)
      const sha256 = hashOf(descriptor, size) ?? ''
      return { kind: 'file', path, size, sha256, mode: mode & 0o100 ? 0o755 : 0o644 }
    } finally {
      closeSync(descriptor)
    }
  }

  function copy(entry: FileEntry, from: string): void {
    copiedBytes += entry.size
    if (copiedBytes > options.limits.bytes) {
      const what = `more than ${options.limits.bytes} bytes in hard links that cannot stay such`
      throw new SlipwayError('SOURCE_TOO_LARGE', `The source has ${what}.`)
    }
    const source = openSync(placeOf(from), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const file = openFile(entry.path, entry.mode, entry.size)
      try {
        const piece = Buffer.allocUnsafe(Math.min(copyLength, entry.size + 1))
        for (;;) {
          const length = readSync(source, piece)
          if (length === 0) break
          file.write(piece.subarray(0, length))
        }
        file.finish()
      } finally {
        file.abandon()
      }
    } finally {
      closeSync(source)
    }
  }

  return {
    file,
    openFile,
    hardLink,
    folder(path) {
      if (rules.kindOf(path) === 'kept') return
      mkdirSync(placeOf(path), 0o755)
      dress(path)
    },
    dress,
    link(path, target) {
      const kind = rules.kindOf(path)
      if (kind === 'kept') return
      symlinkSync(target, placeOf(path))
      if (owner) lchownSync(placeOf(path), owner.uid, owner.gid)
      if (kind !== 'shared') onEntry({ kind: 'link', path, target })
    },
    finish() {
      for (const entry of named.values()) tell(entry, lstatSync(placeOf(entry.path), { bigint: true }), true)
      return { linked, written, writtenBytes }
    },
  }
}

const nothing: FileInPieces = { write() {}, finish() {}, abandon() {} }

/** An entry with what the file is on the disk now. */
export function onDisk(entry: FileEntry, facts: BigIntStats): ManifestEntry {
  const { kind, path, mode, size, sha256 } = entry
  return {
    kind,
    path,
    mode,
    size,
    sha256,
    inode: `${facts.ino}`,
    mtime: `${facts.mtimeNs}`,
    ctime: `${facts.ctimeNs}`,
  }
}
