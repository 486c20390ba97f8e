import { type Release, releaseName, type Source } from '@slipway/core'
import type { PlatformManifest } from '@slipway/registry'
import { hasVolumeAt } from '../../layers/plan.ts'
import type { CopyReport } from '../../ports/release-store.ts'
import { copyFromLayers } from '../copy-from-layers.ts'
import { imageOf } from '../image-of.ts'
import { previousOf } from '../previous-of.ts'
import type { DeployRun } from '../run.ts'

/** Copies the source out of the image into a release of its own; one that an earlier run completed is taken as it is. */
export async function copySource(run: DeployRun, digest: string, signal: AbortSignal): Promise<Release> {
  const { want, site, report } = run
  const copied = await site.releases.findCopied(want.seq, digest)
  if (copied) {
    report.line(`[copy] an earlier run completed ${copied.name}`)
    return copied
  }
  const release = newRelease(run, digest)
  const { source } = site.config
  if (!source) return takeImage(run, release)
  return run.room.duringCopy(run, signal, (watched) => copyOut(run, release, source, watched))
}

async function copyOut(
  run: DeployRun,
  release: Release,
  source: Source,
  signal: AbortSignal,
): Promise<Release> {
  const { site, engine, report } = run
  const previous = await previousOf(run)
  // Nothing of what a dead worker left stands in the way of a copy from layers.
  const swept = engine.sweepSources(site.name, signal)
  swept.catch(() => {})
  const [told, before] = await Promise.all([
    imageOf(run, release.digest, signal),
    previous && imageOf(run, previous.digest, signal),
    // Before its folder: a release that is complete must never be without its record.
    site.releases.saveRelease(release),
  ])
  const image = 'layers' in told ? told : null
  if ('why' in told) report.line(`[copy] its layers are not known: ${told.why}`)
  const { files, bytes } =
    (previous &&
      before &&
      image &&
      (await copyFromLayers(run, { release, previous, before, image, source }, signal))) ??
    (await copyFromArchive(run, { release, previous, image, source, swept }, signal))
  await swept
  const sized: Release = { ...release, size: { files, bytes } }
  await site.releases.saveRelease(sized)
  report.state('copy', { release: release.name })
  return sized
}

interface FromArchive {
  readonly release: Release
  readonly previous: Release | null
  readonly image: PlatformManifest | null
  readonly source: Source
  /** Settles when the engine holds no source of an earlier copy. */
  readonly swept: Promise<void>
}

async function copyFromArchive(
  { want, site, engine, report }: DeployRun,
  { release, previous, image, source, swept }: FromArchive,
  signal: AbortSignal,
): Promise<CopyReport> {
  await swept
  const { name: project, config, releases } = site
  const purpose = { project, role: 'source', release: release.name, deployment: want.deployment } as const
  const from = { image: config.image, digest: release.digest, path: source.path, purpose }
  const archive = await engine.openSource(from, signal)
  try {
    const isTold = image && archive.isPlain && !hasVolumeAt(source.path, image.volumes)
    const layers = isTold ? image.layers.map(({ digest }) => digest) : null
    const what = { release, source, settings: config.release, layers, previous }
    const copied = await releases.copy({ ...what, archive: archive.stream, signal })
    report.line(`[copy] ${copied.files} files, ${copied.bytes} bytes into ${release.name}`)
    report.line(`[copy] ${toldOf(copied, previous)}`)
    return copied
  } finally {
    await archive.close()
  }
}

/** Where the image itself is what runs, its release is a folder with nothing in it: it says which image. */
async function takeImage({ site, report }: DeployRun, release: Release): Promise<Release> {
  await site.releases.saveRelease(release)
  await site.releases.createEmpty(release)
  report.line(`[copy] nothing to copy: ${release.name} is the image itself`)
  report.state('copy', { release: release.name })
  return release
}

function toldOf({ linked, written, writtenBytes }: CopyReport, previous: Release | null): string {
  const wrote = `${written} files, ${writtenBytes} bytes written`
  return previous ? `${wrote}; ${linked} files are as in ${previous.name}` : wrote
}

function newRelease({ want, timer, random }: DeployRun, digest: string): Release {
  return {
    name: releaseName(want.seq, digest, random()),
    seq: want.seq,
    digest,
    image: want.image,
    tag: want.tag,
    deployment: want.deployment,
    copiedAt: timer.now(),
    migratedAt: null,
    status: 'copied',
  }
}
