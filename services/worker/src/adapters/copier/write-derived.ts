import { createHash } from 'node:crypto'
import type { DerivedEntry } from '../../layers/derive-tree.ts'
import { Unfit } from '../../layers/unfit.ts'
import { openManifest } from '../../manifest/manifest-file.ts'
import type { CopyTarget } from './copy-archive.ts'
import type { DividedRelease } from './divide-release.ts'
import type { Before, EarlyLinks } from './early-links.ts'
import { createFolders } from './folders.ts'
import type { JobContext } from './jobs.ts'
import type { ListedManifest } from './known-manifest.ts'
import type { PathRules } from './path-rules.ts'
import { openPreviousRelease, type PreviousRelease } from './previous-release.ts'
import { readPieces, type Staging } from './staging.ts'
import { createTreeWriter, type TreeTotals, type TreeWriter } from './tree-writer.ts'

export interface DerivedTree {
  readonly target: CopyTarget
  readonly rules: PathRules
  /** The release before: what stays of it is in this one too. */
  readonly divided: DividedRelease
  /** What the release has beside that, a folder before what is in it. */
  readonly derived: readonly DerivedEntry[]
  readonly before: Before
  readonly manifest: ListedManifest
  readonly links: EarlyLinks
  readonly staging: Staging
}

type DerivedFile = Extract<DerivedEntry, { readonly kind: 'file' }>

/** Files up to this size are held in memory. */
const smallFile = 1_048_576

/**
 * Writes a release that is known entry by entry: first the links, then all that is not one.
 * @throws Unfit when a file of the release before is needed and is not as it was written; errors of the disk
 */
export async function writeDerived(
  { target, rules, divided, derived, before, manifest, links, staging }: DerivedTree,
  { check, onFile, wrote }: JobContext,
): Promise<TreeTotals> {
  const { folder, limits, owner = null } = target
  const previous = openPreviousRelease(before.folder, manifest, before.owner)
  const { others, wanted, again } = sort(derived, divided, previous, rules)
  const folders = new Set(derived.flatMap(({ kind, path }) => (kind === 'folder' ? [path] : [])))
  const changedAt = await links.finish(wanted, manifest.list, {
    touched: [...divided.places.values()],
    folders,
  })

  const records = target.manifest && openManifest(target.manifest.path, target.manifest.head)
  try {
    const onEntry = records?.add ?? (() => {})
    const writer = createTreeWriter({ folder, owner, rules, previous, limits, onEntry })
    const write = (entry: DerivedFile) => {
      check()
      onFile()
      const { staged } = entry
      writeFile(writer, entry, staged === undefined ? contentOf(previous, entry) : staging.read(staged))
    }
    const there = createFolders(folder)
    // What stays may lie in what was derived, never the other way round.
    for (const entry of [...others, ...divided.others]) {
      if (entry.kind === 'file') write(entry)
      else if (entry.kind === 'link') writer.link(entry.path, entry.target)
      else if (rules.kindOf(entry.path) !== 'kept') {
        there.make(entry.path)
        writer.dress(entry.path)
      }
    }
    let linked = 0
    for (const [place, entry] of manifest.list.entries()) {
      if (wanted[place] !== 1 || entry.kind !== 'file') continue
      const at = changedAt[place]
      if (at) {
        records?.repeat(before.known.lines.lineAt(place), at)
        linked += 1
      } else write(again.get(place) ?? entry)
    }
    const totals = writer.finish()
    check()
    records?.finish()
    if (target.manifest) wrote(target.manifest)
    return { ...totals, linked: totals.linked + linked }
  } finally {
    records?.abandon()
  }
}

/** What the release before has already, by places in its manifest, and what not. */
function sort(
  derived: readonly DerivedEntry[],
  { files, places }: DividedRelease,
  previous: PreviousRelease,
  rules: PathRules,
) {
  const wanted = files.slice()
  const others: DerivedEntry[] = []
  /** By places: what layers brought again as it was. Where it cannot be linked, it is at hand. */
  const again = new Map<number, DerivedFile>()
  for (const entry of derived) {
    const kind = entry.kind === 'file' ? rules.kindOf(entry.path) : null
    if (kind === 'kept') continue
    const place = places.get(entry.path)
    if (entry.kind === 'file' && kind === 'own' && place !== undefined && previous.find(entry)) {
      wanted[place] = 1
      again.set(place, entry)
    } else others.push(entry)
  }
  return { wanted, others, again }
}

/** The content of a file of the release before, which is not to be shared with it or cannot be. */
function contentOf(previous: PreviousRelease, entry: DerivedFile): Generator<Uint8Array> {
  const known = previous.find(entry)
  if (!known || !previous.prove(known)) throw changed(entry)
  return readPieces(previous.placeOf(entry.path))
}

function writeFile(writer: TreeWriter, entry: DerivedFile, pieces: Generator<Uint8Array>): void {
  const { path, mode, size, sha256 } = entry
  const hash = createHash('sha256')
  const file = size > smallFile ? writer.openFile(path, mode, size) : null
  const held: Uint8Array[] = []
  try {
    for (const piece of pieces) {
      hash.update(piece)
      if (file) file.write(piece)
      else held.push(piece)
    }
    // The site may have written to it since it was proven.
    if (hash.digest('hex') !== sha256) throw changed(entry)
    if (file) file.finish()
    else writer.file(path, mode, Buffer.concat(held))
  } finally {
    file?.abandon()
  }
}

function changed({ path }: DerivedFile): Unfit {
  return new Unfit(`${JSON.stringify(path)} of the release before is not as it was written`)
}
