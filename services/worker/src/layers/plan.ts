import type { ManifestHead, TreeEntry } from '../manifest/manifest.ts'
import { Unfit } from './unfit.ts'

/** Bytes of blobs that are always worth fetching. */
const alwaysWorth = 32 * 1_048_576

export interface Circumstances {
  /** Of the release before. */
  readonly head: ManifestHead
  readonly sourcePath: string
  readonly owner: ManifestHead['owner']
  readonly next: readonly { readonly digest: string }[]
  readonly volumes: readonly string[]
  readonly shared: readonly string[]
  /** Those of `shared` that have their content already. */
  readonly kept: readonly string[]
}

/** @throws Unfit where no release before could help */
export function requireOrdinary(circumstances: Circumstances): void {
  const { head, sourcePath, owner, next, volumes, shared, kept } = circumstances
  if (!head.layers) throw new Unfit('the layers of the release before are not known')
  if (head.sourcePath !== sourcePath) throw new Unfit('the release before is of another `source.path`')
  if (head.owner?.uid !== owner?.uid || head.owner?.gid !== owner?.gid)
    throw new Unfit('the release before belongs to another owner')
  if (sharedLayers(head.layers, next) === 0) throw new Unfit('the images have no layers in common')
  if (hasVolumeAt(sourcePath, volumes)) throw new Unfit('the image declares a volume where its source lies')
  const first = shared.find((path) => !kept.includes(path))
  if (first !== undefined) throw new Unfit(`the shared path "${first}" has no content yet`)
}

/** True when what the engine gives may be other than the layers: it makes a folder of each volume. */
export function hasVolumeAt(sourcePath: string, volumes: readonly string[]): boolean {
  return volumes.some((path) => touches(path, sourcePath))
}

/** How many layers from the lowest up are the same. */
export function sharedLayers(
  before: readonly string[],
  next: readonly { readonly digest: string }[],
): number {
  const differs = next.findIndex(({ digest }, index) => digest !== before[index])
  return differs < 0 ? next.length : differs
}

/** @throws Unfit when to fetch so many bytes takes longer than to read the whole source on this host */
export function requireWorthwhile(bytes: number, entriesOf: () => readonly TreeEntry[]): void {
  if (bytes <= alwaysWorth) return
  const whole = entriesOf().reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.size : 0), 0)
  if (bytes <= whole / 2) return
  throw new Unfit(`${bytes} bytes of layers are to be fetched for a source of ${whole}`)
}

/** True when one of the two lies at or below the other. */
function touches(volume: string, sourcePath: string): boolean {
  const path = `/${volume
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}/`
  const source = `${sourcePath}/`
  return volume.split('/').includes('..') || path.startsWith(source) || source.startsWith(path)
}
