import { createHash } from 'node:crypto'
import type { LayerEntry } from '@slipway/lab'
import type { Header } from 'tar-stream'
import type { LayerItems } from '../src/layers/layer-index.ts'
import { createLayerReader } from '../src/layers/read-layer.ts'
import type { TreeEntry } from '../src/manifest/manifest.ts'
import { sourceOf } from './project.ts'

/** Where the source of these images lies. */
export const sourcePath = '/var/www/app'

/** Two images with the same lower layers. */
export interface History {
  readonly shared: readonly LayerEntry[][]
  readonly previous: readonly LayerEntry[][]
  readonly next: readonly LayerEntry[][]
}

export type Random = (below: number) => number

/** The same numbers for the same seed. */
export function createRandom(seed: number): Random {
  let state = seed + 0x9e3779b9
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Layers that add, change, remove, move, replace and hide, as builders write them and as they could be written. */
export function randomHistory(random: Random): History {
  const shared = [firstLayer(random), ...Array.from({ length: random(3) }, () => randomLayer(random, 8))]
  const upper = () => Array.from({ length: random(4) }, () => randomLayer(random, 4))
  return { shared, previous: upper(), next: upper() }
}

/** What an image is, by laying its layers over each other. Paths are relative to the source. */
export function mergeLayers(layers: readonly (readonly LayerEntry[])[]): TreeEntry[] | null {
  const tree = new Map<string, TreeEntry>()
  const clear = (path: string) => {
    for (const known of tree.keys()) if (known.startsWith(`${path}/`)) tree.delete(known)
  }
  for (const layer of layers) {
    const entries = layer.map((entry) => ({ ...entry, path: entry.header.name.replace(/\/$/, '') }))
    for (const { path } of entries) {
      const folder = path.slice(0, path.lastIndexOf('/'))
      if (path.endsWith('/.wh..wh..opq')) clear(folder)
      else if (path.includes('/.wh.')) {
        const hidden = path.replace('/.wh.', '/')
        clear(hidden)
        tree.delete(hidden)
      }
    }
    for (const { path, header, content = '' } of entries) {
      if (path.includes('/.wh.')) continue
      if (header.type === 'directory' && tree.get(path)?.kind === 'folder') continue
      clear(path)
      if (header.type === 'directory') tree.set(path, { kind: 'folder', path })
      else if (header.type === 'symlink')
        tree.set(path, { kind: 'link', path, target: header.linkname ?? '' })
      else if (header.type === 'link') {
        const target = tree.get(header.linkname ?? '')
        if (target) tree.set(path, { ...target, path })
      } else {
        const mode = (header.mode ?? 0) & 0o111 ? 0o755 : 0o644
        tree.set(path, { kind: 'file', path, mode, size: content.length, sha256: hashOf(content) })
      }
    }
  }
  const root = sourcePath.slice(1)
  if (tree.get(root)?.kind !== 'folder') return null
  return [...tree.values()]
    .filter(({ path }) => path.startsWith(`${root}/`))
    .map((entry) => ({ ...entry, path: entry.path.slice(root.length + 1) }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

/** What slipway reads in a layer. */
export function readEntries(entries: readonly LayerEntry[]): LayerItems {
  const reader = createLayerReader(sourcePath, sourceOf().limits)
  for (const { header, content = '' } of entries) {
    const file = reader.read({ type: 'file', size: content.length, ...header } as Header)
    if (file) reader.keep(file, { sha256: hashOf(content) })
  }
  return reader.finish()
}

export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

const letters = ['a', 'b', 'c', 'd']

function firstLayer(random: Random): LayerEntry[] {
  const folders = ['a', 'b', 'a/c', 'b/a'].map(placed)
  const files = ['a/a', 'a/b', 'a/c/a', 'b/b', 'b/a/c', 'c', 'd'].map(placed)
  return [...onTheWay(), ...folders.map(folderEntry), ...files.map((path) => fileEntry(path, random))]
}

function randomLayer(random: Random, most: number): LayerEntry[] {
  const entries = new Map(onTheWay().map((entry) => [entry.header.name, entry]))
  const whiteouts = new Set<string>()
  const leaves = new Set<string>()
  const isFolder = (path: string) => entries.has(`${path}/`)
  const isFree = (path: string) => {
    const all = upwards(path)
    return !leaves.has(path) && !isFolder(path) && !all.some((one) => leaves.has(one) || whiteouts.has(one))
  }
  const makeParents = (path: string) => {
    for (const parent of upwards(path).slice(1).toReversed())
      if (parent.length > placed('').length) entries.set(`${parent}/`, folderEntry(parent))
  }
  const leave = (entry: LayerEntry) => {
    const { name } = entry.header
    if (!isFree(name)) return
    makeParents(name)
    leaves.add(name)
    entries.set(name, entry)
  }

  for (let count = 1 + random(most); count > 0; count -= 1) {
    const path = randomPath(random)
    const name = path.slice(path.lastIndexOf('/') + 1)
    const folder = path.slice(0, path.lastIndexOf('/'))
    switch (random(9)) {
      case 0:
      case 1:
      case 2:
        leave(fileEntry(path, random))
        break
      case 3:
        leave({ header: { name: path, type: 'symlink', linkname: letters[random(4)] ?? 'a', mode: 0o777 } })
        break
      case 4:
        if (!isFree(path)) break
        makeParents(path)
        entries.set(`${path}/`, folderEntry(path))
        break
      case 5:
        if (!isFree(path)) break
        makeParents(path)
        entries.set(`${path}/`, folderEntry(path))
        entries.set(`${path}/.wh..wh..opq`, whiteout(`${path}/.wh..wh..opq`))
        break
      case 6: {
        // Hard links come after what they name.
        const target = [...leaves].find((leaf) => isPlainFile(entries.get(leaf)))
        const file = target === undefined ? undefined : entries.get(target)
        if (target !== undefined && file)
          leave({ header: { name: path, type: 'link', linkname: target, mode: file.header.mode ?? 0 } })
        break
      }
      default: {
        const hasBelow = [...leaves, ...entries.keys()].some((one) => one.startsWith(`${path}/`))
        if (!isFree(path) || hasBelow) break
        makeParents(path)
        whiteouts.add(path)
        entries.set(`${folder}/.wh.${name}`, whiteout(`${folder}/.wh.${name}`))
      }
    }
  }
  return [...entries.values()]
}

function isPlainFile(entry: LayerEntry | undefined): boolean {
  return entry !== undefined && entry.header.type === undefined && !entry.header.name.includes('.wh.')
}

function randomPath(random: Random): string {
  const depth = 1 + random(3)
  return placed(Array.from({ length: depth }, () => letters[random(4)]).join('/'))
}

function placed(path: string): string {
  return `${sourcePath.slice(1)}/${path}`
}

function onTheWay(): LayerEntry[] {
  return ['var', 'var/www', 'var/www/app'].map(folderEntry)
}

function folderEntry(path: string): LayerEntry {
  return { header: { name: `${path}/`, type: 'directory', mode: 0o755 } }
}

function fileEntry(name: string, random: Random): LayerEntry {
  return { header: { name, mode: random(4) === 0 ? 0o755 : 0o644 }, content: `content ${random(5)}` }
}

function whiteout(name: string): LayerEntry {
  return { header: { name, mode: 0o644 } }
}

function upwards(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}
