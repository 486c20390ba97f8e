import type { TreeEntry } from '../manifest/manifest.ts'
import { baseOf, type ReleaseTree } from './base-tree.ts'
import { copyOf, find, type Known, layOver } from './known-tree.ts'
import type { LayerItems, Staged } from './layer-index.ts'
import { createParentOf } from './parent-of.ts'
import { Unfit } from './unfit.ts'

/** An entry of a release to make. A file without `staged` has the content of the file of that path before. */
export type DerivedEntry =
  | Exclude<TreeEntry, { readonly kind: 'file' }>
  | (Extract<TreeEntry, { readonly kind: 'file' }> & Staged)

export interface Derivation {
  readonly previous: ReleaseTree
  /** Layers of the images above those that both have, the lowest first. */
  readonly upperOfPrevious: readonly LayerItems[]
  readonly upperOfNext: readonly LayerItems[]
  /** Paths of the next release that are not to be made: what outlives releases is there already. */
  readonly shared: readonly string[]
}

/**
 * The tree of an image of which only the upper layers were read, by the release of another one that has the same lower
 * layers. Whatever the two do not say together is not guessed. A folder comes before what is in it.
 * @throws Unfit
 */
export function deriveTree({
  previous,
  upperOfPrevious,
  upperOfNext,
  shared,
}: Derivation): readonly DerivedEntry[] {
  const base = baseOf(previous, upperOfPrevious)
  // Laying over changes the tree, and it is needed twice.
  requireSame(lay(copyOf(base), upperOfPrevious), previous, upperOfPrevious.flat())
  const derived: DerivedEntry[] = []
  list(lay(base, upperOfNext), '', new Set(shared), derived)
  return derived
}

function lay(base: Known, above: readonly LayerItems[]): Known | null {
  return above.reduce<Known | null>((tree, items) => layOver(tree, items), base)
}

function list(known: Known | null, path: string, skipped: ReadonlySet<string>, into: DerivedEntry[]): void {
  if (!known || skipped.has(path)) {
    if (path === '') throw new Unfit('the source is gone')
    return
  }
  if (known.kind === 'leaf') {
    if (path === '') throw new Unfit('the source is no folder')
    into.push(known.entry)
    return
  }
  if (known.kind === 'perhaps' || !known.isComplete)
    throw new Unfit(`what the lower layers have at ${JSON.stringify(path)} is not known`)
  if (path !== '') into.push({ kind: 'folder', path })
  for (const [name, child] of known.children) {
    // By far the most, and they know their path.
    if (child?.kind === 'leaf' && skipped.size === 0) into.push(child.entry)
    else list(child, path === '' ? name : `${path}/${name}`, skipped, into)
  }
}

/**
 * Makes sure that the release before is what its layers say, as far as they say it: the rest of it was taken for what the
 * lower layers have.
 */
function requireSame(root: Known | null, { entries, shared }: ReleaseTree, upper: LayerItems): void {
  const touched = new Map(upper.map(({ path }) => [path, find(root, path)]))
  const before = new Map<string, TreeEntry>([['', { kind: 'folder', path: '' }]])
  const parentOf = createParentOf()
  for (const entry of entries) {
    const { path } = entry
    const parent = parentOf(path)
    if (touched.has(path)) before.set(path, entry)
    const holder = touched.get(parent)
    if (holder === undefined) continue
    const isPossible =
      holder !== null &&
      holder.kind !== 'leaf' &&
      (holder.kind === 'perhaps' ||
        !holder.isComplete ||
        holder.children.get(path.slice(parent === '' ? 0 : parent.length + 1)))
    if (!isPossible) throw differs(path)
  }
  for (const [path, known] of touched) {
    const entry = before.get(path)
    if (known?.kind === 'perhaps' || isAtOrBelow(path, shared)) continue
    if (known ? !entry || !isSame(known, entry) : entry) throw differs(path)
  }
}

function isAtOrBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

function differs(path: string): Unfit {
  return new Unfit(`the release before is not what its layers make of ${JSON.stringify(path)}`)
}

function isSame(known: Known, entry: TreeEntry): boolean {
  if (known.kind !== 'leaf') return entry.kind === 'folder'
  const { entry: own } = known
  if (own.kind === 'link') return entry.kind === 'link' && entry.target === own.target
  return (
    entry.kind === 'file' && entry.mode === own.mode && entry.size === own.size && entry.sha256 === own.sha256
  )
}
