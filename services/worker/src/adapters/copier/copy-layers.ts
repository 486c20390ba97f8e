import { createHash } from 'node:crypto'
import { SlipwayError } from '@slipway/core/errors'
import { type DerivedEntry, deriveTree } from '../../layers/derive-tree.ts'
import type { LayerItems } from '../../layers/layer-index.ts'
import { requireOrdinary, requireWorthwhile, sharedLayers } from '../../layers/plan.ts'
import { Unfit } from '../../layers/unfit.ts'
import { type Manifest, openManifest, readManifest } from '../../manifest/manifest-file.ts'
import type { CopyTarget, CopyTotals } from './copy-archive.ts'
import type { JobContext } from './jobs.ts'
import { openLayerStore } from './layer-store.ts'
import { createPathRules } from './path-rules.ts'
import { openPreviousRelease, type PreviousRelease } from './previous-release.ts'
import { type LayerBlob, readBlob } from './read-blob.ts'
import { openStaging, readPieces, type Staging } from './staging.ts'
import { createTreeWriter, type TreeWriter } from './tree-writer.ts'

/** A copy from layers. Plain values: it goes to the thread. Layer `n` of the next image is stream `n`. */
export interface LayersInput {
  readonly target: CopyTarget
  readonly sourcePath: string
  /** All layers of the next image, the lowest first. */
  readonly next: readonly LayerBlob[]
  /** Those of the image before, whose streams follow; null when the registry does not tell them any more. */
  readonly before: readonly LayerBlob[] | null
  /** Paths that the next image declares as volumes. */
  readonly volumes: readonly string[]
  /** Folder of what is known of layers. */
  readonly layers: string
  /** A folder to make and to take away again. */
  readonly staging: string
}

export interface LayersTotals extends CopyTotals {
  readonly fetchedLayers: number
  readonly fetchedBytes: number
}

/** Why not, when the release has to be made from the archive. The folder is then to be thrown away. */
export type LayersResult = LayersTotals | { readonly unfit: string }

/** Files up to this size are held in memory. */
const smallFile = 1_048_576

/** Makes a release of what its layers do not share with those of the release before, and of that release. */
export async function copyLayers(input: LayersInput, context: JobContext): Promise<LayersResult> {
  const staging = openStaging(input.staging)
  try {
    return await copy(input, staging, context)
  } catch (error) {
    context.check()
    if (isOfDisk(error)) throw error
    return { unfit: error instanceof Error ? error.message : String(error) }
  } finally {
    staging.remove()
  }
}

async function copy(input: LayersInput, staging: Staging, context: JobContext): Promise<LayersTotals> {
  const { target } = input
  const { previous } = target
  const manifest = previous && readManifest(previous.manifest)
  if (!previous || !manifest) throw new Unfit('there is no release before whose files are known')
  const owner = target.owner ?? null
  requireOrdinary({ head: manifest.head, ...input, shared: target.shared, kept: target.kept, owner })
  const layers = await readLayers(input, manifest, staging, context)
  const entries = deriveTree({
    previous: { entries: [...manifest.entries.values()], shared: manifest.head.shared },
    upperOfPrevious: layers.before,
    upperOfNext: layers.next,
    shared: target.shared,
  })
  const totals = count(entries, target)
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  const release = openPreviousRelease(previous.folder, manifest, owner ?? self)
  const done = write(input, entries, release, staging, context)
  return { ...totals, ...done, ...layers.fetched }
}

async function readLayers(
  { next, before, sourcePath, layers, target }: LayersInput,
  { head, entries }: Manifest,
  staging: Staging,
  context: JobContext,
) {
  const store = openLayerStore(layers, sourcePath)
  const common = sharedLayers(head.layers ?? [], next)
  const known = (head.layers ?? []).slice(common).map((digest) => store.find(digest))
  const missing = known.flatMap((items, index) => (items ? [] : [common + index]))
  const upper = [...next.keys()].slice(common)
  const wanted = [
    ...missing.map((index) => {
      const blob = before?.[index]
      if (!blob || blob.digest !== head.layers?.[index])
        throw new Unfit('the registry does not tell the layers of the release before any more')
      return { blob, stream: next.length + index, isStaged: false }
    }),
    ...upper.map((index) => ({ blob: next[index] as LayerBlob, stream: index, isStaged: true })),
  ]
  const fetchedBytes = wanted.reduce((sum, { blob }) => sum + blob.size, 0)
  requireWorthwhile(fetchedBytes, [...entries.values()])
  const read: LayerItems[] = []
  for (const { blob, stream, isStaged } of wanted) {
    const items = await readBlob(blob, context.open(stream), {
      ...{ sourcePath, limits: target.limits, check: context.check },
      stage: async (pieces) => {
        if (isStaged) return { staged: await staging.add(pieces) }
        for await (const _ of pieces) context.check()
        return {}
      },
    })
    store.save(blob.digest, items)
    read.push(items)
  }
  const readBefore = read.slice(0, missing.length)
  return {
    before: known.map((items) => items ?? (readBefore.shift() as LayerItems)),
    next: read.slice(missing.length),
    fetched: { fetchedLayers: wanted.length, fetchedBytes },
  }
}

/** What stage 1 counts and refuses, for it to refuse in its own words. */
function count(entries: readonly DerivedEntry[], { limits, require }: CopyTarget) {
  const files = entries.filter((entry) => entry.kind === 'file')
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const isTooLarge =
    bytes > limits.bytes ||
    entries.length > limits.entries ||
    entries.some(({ path }) => path.split('/').length > limits.depth) ||
    files.some(({ size }) => size > limits.file)
  if (isTooLarge) throw new Unfit('the source is larger than its limits')
  if (files.length === 0 || require.length > entries.length)
    throw new Unfit('the source has too little in it')
  return { files: files.length, bytes, foundKept: [] }
}

function write(
  { target }: LayersInput,
  entries: readonly DerivedEntry[],
  previous: PreviousRelease,
  staging: Staging,
  { check, onFile }: JobContext,
) {
  const rules = createPathRules(target)
  const manifest = target.manifest && openManifest(target.manifest.path, target.manifest.head)
  try {
    const writer = createTreeWriter({
      ...{ folder: target.folder, owner: target.owner ?? null, rules, previous, limits: target.limits },
      onEntry: (entry) => manifest?.add(entry),
    })
    for (const entry of entries) {
      check()
      if (entry.kind === 'folder') writer.folder(entry.path)
      else if (entry.kind === 'link') writer.link(entry.path, entry.target)
      else {
        onFile()
        if (writer.adopt(entry)) continue
        writeFile(
          writer,
          entry,
          entry.staged === undefined ? before(previous, entry) : staging.read(entry.staged),
        )
      }
    }
    const totals = writer.finish()
    check()
    manifest?.finish()
    return totals
  } finally {
    manifest?.abandon()
  }
}

type DerivedFile = Extract<DerivedEntry, { readonly kind: 'file' }>

/** The content of a file of the release before, which is not to be shared with it or cannot be. */
function before(previous: PreviousRelease, entry: DerivedFile): Generator<Uint8Array> {
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

function isOfDisk(error: unknown): boolean {
  if (error instanceof SlipwayError || error instanceof Unfit || !(error instanceof Error)) return false
  return 'syscall' in error && ('path' in error || ('code' in error && error.code === 'ENOSPC'))
}
