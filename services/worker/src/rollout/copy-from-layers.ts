import type { Release, Source } from '@slipway/core'
import type { LayerDescriptor, PlatformManifest } from '@slipway/registry'
import type { CopyReport } from '../ports/release-store.ts'
import type { DeployRun } from './run.ts'
import { withCredentials } from './with-credentials.ts'

export interface FromLayers {
  readonly release: Release
  readonly previous: Release
  /** What the registry says of the image of `previous`, or why it does not. */
  readonly before: PlatformManifest | { readonly why: string }
  readonly image: PlatformManifest
  readonly source: Source
}

/** Makes the release from the layers that changed; null when it cannot: then a line says why, and nothing is there. */
export async function copyFromLayers(
  run: DeployRun,
  { release, previous, before, image, source }: FromLayers,
  signal: AbortSignal,
): Promise<CopyReport | null> {
  const { site, registry, report } = run
  const fetch = ({ digest, size }: LayerDescriptor) =>
    withCredentials(site.credentials, signal, (credentials) =>
      registry.blob({ image: site.config.image, digest, size, credentials, signal }),
    )
  const done = await site.releases.copyLayers({
    ...{ release, previous, image, source, settings: site.config.release, fetch, signal },
    before: 'layers' in before ? before.layers : null,
  })
  if ('unfit' in done) {
    report.line(`[copy] from the archive: ${done.unfit}`)
    return null
  }
  const { files, bytes, linked, written, writtenBytes, fetchedLayers, fetchedBytes } = done
  report.line(`[copy] ${files} files, ${bytes} bytes into ${release.name}`)
  report.line(
    `[copy] from layers: ${fetchedLayers} of ${image.layers.length} read (${fetchedBytes} bytes); ` +
      `${written} files, ${writtenBytes} bytes written; ${linked} files are as in ${previous.name}`,
  )
  return done
}
