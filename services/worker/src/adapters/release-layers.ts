import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ReleaseLayout, SlipwayError, temporaryPrefix } from '@slipway/core'
import { requireOrdinary } from '../layers/plan.ts'
import { Unfit } from '../layers/unfit.ts'
import { readManifestHead } from '../manifest/manifest-file.ts'
import type { CopyReport, LayersReport, LayersRequest, NotFromLayers } from '../ports/release-store.ts'
import { runCopier } from './copier/copier.ts'
import type { CopyTarget, CopyTotals } from './copier/copy-archive.ts'
import { layerFile } from './copier/layer-store.ts'
import { writeRelease } from './release-copy.ts'

/** A release out of the layers that changed; leaves nothing when it cannot be made of them. */
export async function copyReleaseLayers(
  layout: ReleaseLayout,
  request: LayersRequest,
  onFile: (() => void) | undefined,
): Promise<LayersReport | NotFromLayers> {
  const { image, before, fetch, release, source, signal } = request
  const staging = join(layout.releases, `${temporaryPrefix}${release.name}.layers`)
  let fetched = { fetchedLayers: 0, fetchedBytes: 0 }

  async function write(target: CopyTarget): Promise<CopyTotals> {
    requireFit(target, request)
    const streams = [...image.layers, ...(before ?? [])].map((layer) => () => fetch(layer))
    const input = {
      ...{ target, sourcePath: source.path, next: image.layers, before, volumes: image.volumes },
      layers: layout.layers,
      staging,
    }
    const result = await runCopier('layers', input, { signal, streams, onFile })
    if ('unfit' in result) throw new Unfit(result.unfit)
    const { fetchedLayers, fetchedBytes, ...totals } = result
    fetched = { fetchedLayers, fetchedBytes }
    return totals
  }

  await mkdir(layout.layers, { recursive: true, mode: 0o755 })
  const digests = image.layers.map(({ digest }) => digest)
  try {
    const report: CopyReport = await writeRelease(layout, { ...request, layers: digests }, 'layers', write)
    return { ...report, ...fetched }
  } catch (error) {
    signal.throwIfAborted()
    // What is missing is for the other way to say, which has seen the whole image.
    if (error instanceof SlipwayError && error.code === 'SOURCE_MISSING') return { unfit: error.message }
    if (error instanceof Unfit) return { unfit: error.message }
    throw error
  } finally {
    // There only when the thread had no time to take it away.
    await rm(staging, { recursive: true, force: true })
  }
}

/** What the top of a manifest tells already need not be found out in a thread. */
function requireFit(
  { previous, shared, kept, owner = null }: CopyTarget,
  { image, source }: LayersRequest,
): void {
  const head = previous && readManifestHead(previous.manifest)
  if (!head) throw new Unfit('there is no release before whose files are known')
  const { layers: next, volumes } = image
  requireOrdinary({ head, sourcePath: source.path, owner, next, volumes, shared, kept })
}

/** Forgets what is known of layers that no release has any more. */
export async function sweepLayers(layout: ReleaseLayout): Promise<void> {
  const files = await readdir(layout.layers).catch(() => [])
  if (files.length === 0) return
  const known = new Set<string>()
  for (const file of await readdir(layout.manifests)) {
    for (const digest of readManifestHead(join(layout.manifests, file))?.layers ?? [])
      known.add(layerFile(digest))
  }
  for (const file of files) if (!known.has(file)) await rm(join(layout.layers, file), { force: true })
}
