import { SlipwayError } from '@slipway/core/errors'
import { deriveTree } from '../../layers/derive-tree.ts'
import type { LayerItems } from '../../layers/layer-index.ts'
import { requireOrdinary, requireWorthwhile, sharedLayers } from '../../layers/plan.ts'
import { createTouched } from '../../layers/touched.ts'
import { Unfit } from '../../layers/unfit.ts'
import type { ManifestHead } from '../../manifest/manifest.ts'
import type { CopyTarget, CopyTotals } from './copy-archive.ts'
import { countMore, divideRelease, type TreeCount } from './divide-release.ts'
import { beginLinks } from './early-links.ts'
import type { JobContext, Pieces } from './jobs.ts'
import { type LayerStore, openLayerStore } from './layer-store.ts'
import { meanwhile } from './meanwhile.ts'
import { createPathRules } from './path-rules.ts'
import { type LayerBlob, readBlob } from './read-blob.ts'
import { openStaging, type Staging } from './staging.ts'
import { writeDerived } from './write-derived.ts'

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

/** Streams that are opened before their turn: each has some megabytes of memory. */
const mostEarly = 3
/** Bytes of layers that are read in a moment. */
const inAMoment = 1_048_576

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
  const known = previous && context.manifest(previous.manifest)
  if (!previous || !known) throw noneBefore()
  const { lines } = known
  const owner = target.owner ?? null
  requireOrdinary({ head: lines.head, ...input, shared: target.shared, kept: target.kept, owner })
  const toRead = choose(input, lines.head)
  requireWorthwhile(sizeOf(toRead.wanted), () => known.whole()?.list ?? [])
  // The registry is asked, and a helper is at the links, while the manifest is taken apart.
  const openStream = (stream: number) => context.open(stream, () => links.some())
  const opened = openEarly(toRead.wanted, openStream)
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  const before = { folder: previous.folder, owner: owner ?? self, known }
  const rules = createPathRules(target)
  const links = beginLinks(target, before, rules, context)
  const manifest = known.whole()
  if (!manifest) throw noneBefore()
  const open = (stream: number) => opened.get(stream) ?? openStream(stream)
  const layers = await meanwhile(read(input, toRead, staging, { ...context, open }), links.some)
  const { head, hasAgain } = lines
  const ruled = [...target.shared, ...target.writable, ...head.shared]
  const isTouched = createTouched([...layers.before, ...layers.next], ruled)
  const divided = divideRelease(manifest.list, hasAgain ? () => true : isTouched)
  const derived = deriveTree({
    previous: { entries: divided.touched, shared: head.shared },
    upperOfPrevious: layers.before,
    upperOfNext: layers.next,
    shared: target.shared,
  })
  const totals = check(countMore(divided.count, derived), target)
  const tree = { target, rules, divided, derived, before, manifest, links, staging }
  const done = await writeDerived(tree, context)
  const fetchedBytes = sizeOf(toRead.wanted)
  return { ...totals, ...done, fetchedLayers: toRead.wanted.length, fetchedBytes }
}

function noneBefore(): Unfit {
  return new Unfit('there is no release before whose files are known')
}

interface WantedLayer {
  readonly blob: LayerBlob
  readonly stream: number
  /** True when the contents of its files are needed, and not only what they are. */
  readonly isStaged: boolean
}

interface LayersToRead {
  readonly store: LayerStore
  /** Of the layers of the image before that the next has not: what is known of each. */
  readonly known: readonly (LayerItems | null)[]
  /** Those of which nothing is known, then those of the next image. */
  readonly wanted: readonly WantedLayer[]
}

/** @throws Unfit when they cannot be had */
function choose({ next, before, sourcePath, layers }: LayersInput, head: ManifestHead): LayersToRead {
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
  return { store, known, wanted }
}

async function read(
  { sourcePath, target }: LayersInput,
  { store, known, wanted }: LayersToRead,
  staging: Staging,
  context: JobContext,
) {
  const items: LayerItems[] = []
  for (const { blob, stream, isStaged } of wanted) {
    const found = await readBlob(blob, context.open(stream), {
      ...{ sourcePath, limits: target.limits, check: context.check },
      stage: async (pieces) => {
        if (isStaged) return { staged: await staging.add(pieces) }
        for await (const _ of pieces) context.check()
        return {}
      },
    })
    store.save(blob.digest, found)
    items.push(found)
  }
  return {
    before: known.map((found) => found ?? (items.shift() as LayerItems)),
    next: items,
  }
}

/**
 * The first streams that are read, as far as their turn comes in a moment: no registry is to wait in the middle of an
 * answer for as long as a large layer takes.
 */
function openEarly(wanted: readonly WantedLayer[], open: JobContext['open']): Map<number, Pieces> {
  const opened = new Map<number, Pieces>()
  let before = 0
  for (const { blob, stream } of wanted.slice(0, mostEarly)) {
    if (before <= inAMoment) opened.set(stream, open(stream))
    before += blob.size
  }
  return opened
}

function sizeOf(layers: readonly WantedLayer[]): number {
  return layers.reduce((sum, { blob }) => sum + blob.size, 0)
}

/** What stage 1 refuses, for it to refuse in its own words. */
function check({ entries, files, bytes, largest, deepest }: TreeCount, { limits, require }: CopyTarget) {
  const isTooLarge =
    bytes > limits.bytes || entries > limits.entries || deepest > limits.depth || largest > limits.file
  if (isTooLarge) throw new Unfit('the source is larger than its limits')
  if (files === 0 || require.length > entries) throw new Unfit('the source has too little in it')
  return { files, bytes, foundKept: [] }
}

function isOfDisk(error: unknown): boolean {
  if (error instanceof SlipwayError || error instanceof Unfit || !(error instanceof Error)) return false
  return 'syscall' in error && ('path' in error || ('code' in error && error.code === 'ENOSPC'))
}
