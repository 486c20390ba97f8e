import type { ManifestEntry, TreeEntry } from '../../manifest/manifest.ts'
import { depthOf } from '../entry-rules.ts'

/** How much a tree has. */
export interface TreeCount {
  readonly entries: number
  readonly files: number
  /** Of all files. */
  readonly bytes: number
  /** Of the largest file. */
  readonly largest: number
  /** Of the longest path, in names. */
  readonly deepest: number
}

/** The entries of a release, by whether layers may have changed them. */
export interface DividedRelease {
  /** Those that they may have changed, a folder before what lies in it. */
  readonly touched: readonly ManifestEntry[]
  /** Where the manifest has those, by their paths. */
  readonly places: ReadonlyMap<string, number>
  /** By places in the manifest: 1 for a file that stays as it is. */
  readonly files: Uint8Array
  /** What else stays: folders and links, a folder before what lies in it. */
  readonly others: readonly ManifestEntry[]
  /** Of what stays. */
  readonly count: TreeCount
}

/** @param list of a manifest; of two entries with the same path the later one counts, and both must be touched */
export function divideRelease(
  list: readonly ManifestEntry[],
  isTouched: (entry: TreeEntry) => boolean,
): DividedRelease {
  const touched = new Map<string, ManifestEntry>()
  const places = new Map<string, number>()
  const files = new Uint8Array(list.length)
  const others: ManifestEntry[] = []
  const counter = createCounter()
  for (const [place, entry] of list.entries()) {
    if (isTouched(entry)) {
      touched.set(entry.path, entry)
      places.set(entry.path, place)
      continue
    }
    counter.add(entry)
    if (entry.kind === 'file') files[place] = 1
    else others.push(entry)
  }
  return { touched: [...touched.values()], places, files, others, count: counter.count() }
}

/** @param more entries beside those that are counted already */
export function countMore(count: TreeCount, more: readonly TreeEntry[]): TreeCount {
  const counter = createCounter(count)
  for (const entry of more) counter.add(entry)
  return counter.count()
}

const none: TreeCount = { entries: 0, files: 0, bytes: 0, largest: 0, deepest: 0 }

function createCounter(from = none) {
  let { entries, files, bytes, largest, deepest } = from
  return {
    add(entry: TreeEntry): void {
      entries += 1
      deepest = Math.max(deepest, depthOf(entry.path))
      if (entry.kind !== 'file') return
      files += 1
      bytes += entry.size
      largest = Math.max(largest, entry.size)
    },
    count: (): TreeCount => ({ entries, files, bytes, largest, deepest }),
  }
}
