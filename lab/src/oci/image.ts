import { digestOf, type Layer } from './layer.ts'

/** What a container of the image runs unless told otherwise, as the registry's formats spell it. */
export interface ImageConfig {
  readonly Cmd?: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly Volumes?: Readonly<Record<string, object>>
  readonly Labels?: Readonly<Record<string, string>>
  /** Times in nanoseconds. */
  readonly Healthcheck?: {
    readonly Test: readonly string[]
    readonly Interval?: number
    readonly Retries?: number
  }
}

export interface ImageOptions {
  /** Lowest first. */
  readonly layers: readonly Layer[]
  readonly config?: ImageConfig
  /** Default: docker. */
  readonly format?: ImageFormat
  /** Default: the one of this machine, as Docker names it: `amd64`. */
  readonly architecture?: string
  /** Default: linux. */
  readonly os?: string
}

export type ImageFormat = 'docker' | 'oci'

/** Some bytes and what they are said to be. */
export interface TypedBytes {
  readonly mediaType: string
  readonly bytes: Buffer
  /** `sha256:…` */
  readonly digest: string
}

/** An image as a registry takes it. Plain data: a test that wants a broken one changes what it likes. */
export interface Image {
  readonly manifest: TypedBytes
  readonly blobs: readonly TypedBytes[]
}

const types = {
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    list: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    list: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
} as const

/** All types of a manifest that the lab makes, for the header Accept. */
export const manifestTypes = Object.values(types).flatMap(({ manifest, list }) => [manifest, list])

/** Puts an image together; nothing is sent anywhere. */
export function makeImage(options: ImageOptions): Image {
  const { layers, config = {}, format = 'docker', architecture = machine(), os = 'linux' } = options
  const { manifest: manifestType, config: configType, layer: layerType } = types[format]
  const about = typed(configType, {
    architecture,
    os,
    created: '2026-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: '2026-01-01T00:00:00Z', created_by: 'slipway-lab' })),
  })
  const blobs = [about, ...layers.map(({ bytes, digest }) => ({ mediaType: layerType, bytes, digest }))]
  const [first, ...rest] = blobs.map(descriptor)
  return {
    manifest: typed(manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config: first,
      layers: rest,
    }),
    blobs,
  }
}

/** A list of images, one for each platform. */
export function makeImageList(
  entries: readonly { readonly manifest: TypedBytes; readonly architecture: string; readonly os?: string }[],
  format: ImageFormat = 'docker',
): TypedBytes {
  return typed(types[format].list, {
    schemaVersion: 2,
    mediaType: types[format].list,
    manifests: entries.map(({ manifest, architecture, os = 'linux' }) => ({
      ...descriptor(manifest),
      platform: { architecture, os },
    })),
  })
}

function descriptor({ mediaType, bytes, digest }: TypedBytes) {
  return { mediaType, size: bytes.length, digest }
}

function typed(mediaType: string, content: object): TypedBytes {
  const bytes = Buffer.from(JSON.stringify(content))
  return { mediaType, bytes, digest: digestOf(bytes) }
}

function machine(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}
