import { busyboxLayer, type ImageConfig, type Layer, pushImage } from '@slipway/lab'
import { sourcePath } from './fault-config.ts'

/** One version of a project's site. */
export interface FaultPush {
  readonly version: string
  /** What the site answers to its check. Default: well. */
  readonly health?: 'well' | '500' | 'hang' | 'flap' | 'fade'
  /** Further files of the source, by their relative paths. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Default: latest. */
  readonly tag?: string
  /** Layers below the source. */
  readonly layers?: readonly Layer[]
  readonly config?: ImageConfig
}

export interface Pushed {
  readonly digest: string
  readonly version: string
  readonly tag: string
}

/** Pushes one; on a busybox where something has to run in it. */
export async function pushVersion(
  to: { readonly registry: string; readonly repository: string },
  push: FaultPush,
  withBusybox: boolean,
): Promise<Pushed> {
  const { version, health = 'well', files = {}, tag = 'latest', layers = [], config } = push
  const own = {
    REVISION: `${version}\n`,
    'public/index.php': `<?php echo '${version}';\n`,
    ...(health === 'well' ? {} : { HEALTH: health }),
    ...files,
  }
  const { digest } = await pushImage({
    ...to,
    tags: [tag],
    base: withBusybox ? await busyboxLayer({ say: () => {} }) : undefined,
    layers,
    files: Object.fromEntries(
      Object.entries(own).map(([path, content]) => [`${sourcePath}/${path}`, content]),
    ),
    ...(config ? { config } : {}),
  })
  return { digest, version, tag }
}
