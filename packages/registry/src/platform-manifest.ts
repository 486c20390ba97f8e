import { formatImageName, isDigest, SlipwayError } from '@slipway/core'
import type { LayerDescriptor, PlatformManifest, RegistryClient, RegistryRequest } from './registry-client.ts'
import { largestManifest } from './request-manifest.ts'

/** A platform as Docker names it. */
export interface Platform {
  readonly os: string
  readonly architecture: string
}

/** The manifest for a platform, with what its config says beside the layers. */
export async function platformManifest(
  client: Pick<RegistryClient, 'manifest' | 'smallBlob'>,
  request: RegistryRequest & { readonly reference: string },
  platform: Platform = ownPlatform(),
): Promise<PlatformManifest> {
  const what = `${formatImageName(request.image)} (${request.reference})`
  const found = await client.manifest(request)
  const manifests = listOf(found.body, 'manifests')
  const { body, descriptor } = manifests
    ? await client.manifest({ ...request, reference: chosen(manifests, platform, what) })
    : found
  const layers = listOf(body, 'layers')
  if (!layers) throw broken(what, 'has no layers')
  const config = readDescriptor(fieldOf(body, 'config'), what)
  const { diffIds, volumes } = readConfig(
    await client.smallBlob({ ...request, digest: config.digest, limit: largestManifest }),
    what,
  )
  if (diffIds !== layers.length) throw broken(what, 'has other layers than its config says')
  return { digest: descriptor.digest, layers: layers.map((layer) => readLayer(layer, what)), volumes }
}

function ownPlatform(): Platform {
  return { os: 'linux', architecture: architectures.get(process.arch) ?? process.arch }
}

const architectures = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
  ['ppc64', 'ppc64le'],
])

/**
 * The digest of the one manifest for this system and processor. Variants of a processor are the engine's choice, so
 * where there are several nobody else can tell which one it took. What is for no platform is an attestation.
 */
function chosen(manifests: readonly unknown[], { os, architecture }: Platform, what: string): string {
  const fitting = manifests.filter((entry) => {
    const platform = fieldOf(entry, 'platform')
    return fieldOf(platform, 'os') === os && fieldOf(platform, 'architecture') === architecture
  })
  const digests = new Set(fitting.map((entry) => readDescriptor(entry, what).digest))
  const [digest] = digests
  if (digest && digests.size === 1) return digest
  const count = digests.size === 0 ? 'no image' : 'several images'
  throw new SlipwayError('IMAGE_PLATFORM_UNSUITABLE', `${what} has ${count} for ${os}/${architecture}.`)
}

function readLayer(layer: unknown, what: string): LayerDescriptor {
  const mediaType = fieldOf(layer, 'mediaType')
  const isElsewhere = fieldOf(layer, 'urls') !== undefined
  const packing = typeof mediaType === 'string' && !isElsewhere ? packings.get(mediaType) : undefined
  return { ...readDescriptor(layer, what), packing: packing ?? null }
}

const packings = new Map<string, 'none' | 'gzip' | 'zstd'>([
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
])

function readDescriptor(entry: unknown, what: string): { readonly digest: string; readonly size: number } {
  const digest = fieldOf(entry, 'digest')
  const size = fieldOf(entry, 'size')
  const isRight = typeof digest === 'string' && isDigest(digest) && Number.isSafeInteger(size)
  if (!isRight || typeof size !== 'number' || size < 0)
    throw broken(what, 'names a blob without its digest and size')
  return { digest, size }
}

function readConfig(bytes: Uint8Array, what: string): { diffIds: number; volumes: string[] } {
  let config: unknown
  try {
    config = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw broken(what, 'has a config that is no JSON')
  }
  const diffIds = listOf(fieldOf(config, 'rootfs'), 'diff_ids')
  if (!diffIds) throw broken(what, 'has a config without layers')
  const volumes = fieldOf(fieldOf(config, 'config'), 'Volumes')
  return {
    diffIds: diffIds.length,
    volumes: typeof volumes === 'object' && volumes !== null ? Object.keys(volumes) : [],
  }
}

function listOf(from: unknown, key: string): readonly unknown[] | null {
  const value = fieldOf(from, key)
  return Array.isArray(value) ? value : null
}

function fieldOf(from: unknown, key: string): unknown {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key)) return undefined
  return Reflect.get(from, key)
}

function broken(what: string, why: string): SlipwayError {
  return new SlipwayError('REGISTRY_PROTOCOL', `The manifest of ${what} ${why}.`)
}
