import type { TreeEntry } from '../manifest/manifest.ts'
import type { LayerItem, LayerItems, Staged } from './layer-index.ts'
import { Unfit } from './unfit.ts'

export type KnownFile = Extract<TreeEntry, { readonly kind: 'file' }> & Staged
export type KnownLink = Extract<TreeEntry, { readonly kind: 'link' }>

/** What is known of one path: that it is a folder (`perhaps` one, and perhaps nothing or something else), or what else. */
export type Known = KnownFolder | { readonly kind: 'leaf'; readonly entry: KnownFile | KnownLink }

export interface KnownFolder {
  readonly kind: 'folder' | 'perhaps'
  /** By their names; null for one that is known not to be there. */
  readonly children: Map<string, Known | null>
  /** Whether names that are not in `children` are known not to be there. */
  readonly isComplete: boolean
}

/** A path of which nothing is known. */
export function unknown(): KnownFolder {
  return { kind: 'perhaps', children: new Map(), isComplete: false }
}

/** A tree of its own, but for its leaves, which never change. */
export function copyOf({ kind, children, isComplete }: KnownFolder): KnownFolder {
  const own = new Map(children)
  for (const [name, child] of children) if (child && child.kind !== 'leaf') own.set(name, copyOf(child))
  return { kind, children: own, isComplete }
}

/**
 * Lays a layer over what is known of the layers below it. What it does to something unknown stays unknown; what engines
 * do in different ways is not guessed.
 * @throws Unfit
 */
export function layOver(root: Known | null, items: LayerItems): Known | null {
  const tree = new Map<string, Known | null>([['', root]])
  const named = new Set(items.flatMap((item) => (item.kind === 'folder' && item.isNamed ? [item.path] : [])))
  for (const item of items) place(tree, item, named)
  return tree.get('') ?? null
}

function place(tree: Map<string, Known | null>, item: LayerItem, named: ReadonlySet<string>): void {
  const [parent, name] = spotOf(item.path)
  const holder = parent === null ? tree : childrenOf(tree, parent, item, named)
  if (!holder) return
  const before =
    parent === null || holder.has(name) ? (holder.get(name) ?? null) : absentOrUnknown(tree, parent)
  const after = changed(before, item)
  holder.set(name, after)
}

function changed(before: Known | null, item: LayerItem): Known | null {
  if (item.kind === 'whiteout') return null
  if (item.kind === 'file' || item.kind === 'link') return { kind: 'leaf', entry: item }
  const below = before && before.kind !== 'leaf' ? before : null
  // What is opaque is named a folder by the same layer, later.
  if (item.kind === 'opaque') return { kind: 'perhaps', children: new Map(), isComplete: true }
  if (!item.isNamed && before?.kind !== 'folder')
    throw new Unfit(`what ${said(item.path)} is below a layer that has something in it cannot be known`)
  return below ? { ...below, kind: 'folder' } : { kind: 'folder', children: new Map(), isComplete: true }
}

/** Null where there is no folder to take something away from. */
function childrenOf(
  tree: Map<string, Known | null>,
  path: string,
  item: LayerItem,
  named: ReadonlySet<string>,
): Map<string, Known | null> | null {
  const folder = find(tree.get('') ?? null, path)
  const takesAway = item.kind === 'whiteout' || item.kind === 'opaque'
  if (folder && folder.kind !== 'leaf') return folder.children
  if (takesAway && named.has(path)) return null
  throw new Unfit(`a layer changes what lies in ${said(path)}, which is no folder`)
}

function absentOrUnknown(tree: Map<string, Known | null>, path: string): Known | null {
  const folder = find(tree.get('') ?? null, path)
  return folder && folder.kind !== 'leaf' && !folder.isComplete ? unknown() : null
}

/** What is known of a path; null when it is known not to be there. */
export function find(root: Known | null, path: string): Known | null {
  let at = root
  if (path === '') return at
  for (const part of path.split('/')) {
    if (!at || at.kind === 'leaf') return null
    const child: Known | null | undefined = at.children.get(part)
    if (child === undefined) return at.isComplete ? null : unknown()
    at = child
  }
  return at
}

/** The folder that holds a path, null for the source itself, and the name in it. */
function spotOf(path: string): [parent: string | null, name: string] {
  if (path === '') return [null, '']
  const slash = path.lastIndexOf('/')
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

function said(path: string): string {
  return path === '' ? 'the source' : JSON.stringify(path)
}
