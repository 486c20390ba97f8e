import type { TreeEntry } from '../manifest/manifest.ts'
import type { LayerItems } from './layer-index.ts'
import { createParentOf } from './parent-of.ts'

/**
 * Which entries of a release have to be known to say what layers make of it: what the layers name, the folders that lie
 * on the way there, what is in a folder that they name, and all that lies below anything else that they name or below one
 * of `folders`. Whatever is not among these is after the layers what it was before them.
 * @returns to be asked of each entry in the order of the release: a folder before what lies in it
 */
export function createTouched(
  layers: readonly LayerItems[],
  folders: readonly string[],
): (entry: TreeEntry) => boolean {
  const named = new Set<string>()
  // Everything at and below these.
  const whole = new Set(folders)
  for (const { kind, path } of layers.flat()) (kind === 'folder' ? named : whole).add(path)
  const onTheWay = withAncestors([...named, ...whole])
  const parentOf = createParentOf()
  // Of one folder most entries stand together.
  let parent: string | null = null
  let [isWhole, isNamed, isOnTheWay] = [false, false, false]
  return ({ kind, path }) => {
    const its = parentOf(path)
    if (its !== parent) {
      parent = its
      isWhole = whole.has(its)
      isNamed = named.has(its)
      isOnTheWay = onTheWay.has(its)
    }
    if (isWhole && kind === 'folder') whole.add(path)
    return isWhole || isNamed || (isOnTheWay && onTheWay.has(path))
  }
}

function withAncestors(paths: readonly string[]): Set<string> {
  const all = new Set([''])
  for (const path of paths) {
    for (let at = path; at !== '' && !all.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
      all.add(at)
  }
  return all
}
