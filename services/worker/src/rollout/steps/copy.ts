import { type Release, releaseName, SlipwayError } from '@slipway/core'
import type { DeployRun } from '../run.ts'

/** Copies the source out of the image into a release of its own; one that an earlier run completed is taken as it is. */
export async function copySource(run: DeployRun, digest: string, signal: AbortSignal): Promise<Release> {
  const { want, site, engine, report } = run
  const copied = await site.releases.findCopied(want.seq, digest)
  if (copied) {
    report.line(`[copy] an earlier run completed ${copied.name}`)
    return copied
  }
  const release = newRelease(run, digest)
  const { image, source, release: layout } = site.config
  if (!source) throw new SlipwayError('INTERNAL', `Project ${site.name} has no source to copy.`)
  const purpose = {
    project: site.name,
    role: 'source',
    release: release.name,
    deployment: want.deployment,
  } as const
  await engine.sweepSources(site.name, signal)
  // Before its folder: a release that is complete must never be without its record.
  await site.releases.saveRelease(release)
  const archive = await engine.openSource({ image, digest, path: source.path, purpose }, signal)
  try {
    const request = { release, archive: archive.stream, source, owner: layout.owner, signal }
    const { files, bytes } = await site.releases.copy(request)
    report.line(`[copy] ${files} files, ${bytes} bytes into ${release.name}`)
  } finally {
    await archive.close()
  }
  report.state('copy', { release: release.name })
  return release
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
