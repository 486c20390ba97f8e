import type { TreeEntry } from '../manifest/manifest.ts'
import { type KnownFile, type KnownFolder, type KnownLink, unknown } from './known-tree.ts'
import type { LayerItems } from './layer-index.ts'
import { createParentOf } from './parent-of.ts'
import { Unfit } from './unfit.ts'

export interface ReleaseTree {
  /** A folder before what lies in it. */
  readonly entries: readonly TreeEntry[]
  /** Paths that are not in the entries, whatever the image has there. */
  readonly shared: readonly string[]
}

/**
 * What the lower layers of a release have, from what it is with its upper layers laid over them: those must have had
 * whatever the upper layers did not touch, and of the rest nothing is known.
 * @throws Unfit
 */
export function baseOf({ entries, shared }: ReleaseTree, upper: readonly LayerItems[]): KnownFolder {
  const named = new Set<string>()
  const hidden = new Set(shared)
  for (const item of upper.flat()) (item.kind === 'folder' ? named : hidden).add(item.path)
  if (hidden.has('')) throw new Unfit('a layer of the release before replaced the whole source')

  const root = emptyFolder(null, named.has(''))
  const folders = new Map([['', root]])
  const gone = new Set(hidden)
  const parentOf = createParentOf()
  for (const entry of entries) {
    const { path } = entry
    const parent = parentOf(path)
    if (gone.has(path) || gone.has(parent)) {
      gone.add(path)
      continue
    }
    const holder = folders.get(parent)
    if (!holder) throw inconsistent(path)
    const folder = entry.kind === 'folder' ? emptyFolder(holder, named.has(path)) : null
    if (folder) folders.set(path, folder)
    holder.children.set(
      path.slice(parent === '' ? 0 : parent.length + 1),
      folder ?? { kind: 'leaf', entry: entry as KnownFile | KnownLink },
    )
    if (!named.has(path)) holdsTheirs(holder)
  }
  for (const path of [...named, ...hidden]) forget(root, path)
  return root
}

interface Growing extends KnownFolder {
  kind: KnownFolder['kind']
  readonly parent: Growing | null
}

function emptyFolder(parent: Growing | null, isNamed: boolean): Growing {
  return { kind: isNamed ? 'perhaps' : 'folder', children: new Map(), isComplete: true, parent }
}

/** Nothing but a folder can have held what is still there. Above a folder that is known all are. */
function holdsTheirs(holder: Growing): void {
  for (let at: Growing | null = holder; at && at.kind !== 'folder'; at = at.parent) at.kind = 'folder'
}

/** Makes a path unknown that is not there: an upper layer may have taken it away. */
function forget(root: KnownFolder, path: string): void {
  let at: KnownFolder = root
  for (const part of path === '' ? [] : path.split('/')) {
    if (!at.isComplete) return
    const child = at.children.get(part)
    if (!child) {
      at.children.set(part, unknown())
      return
    }
    if (child.kind === 'leaf') throw inconsistent(path)
    at = child
  }
}

function inconsistent(path: string): Unfit {
  return new Unfit(`the release before is not what its layers make of ${JSON.stringify(path)}`)
}
