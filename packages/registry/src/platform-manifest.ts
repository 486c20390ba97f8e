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
  client: Client,
  request: ImageRequest,
  platform: Platform = ownPlatform(),
): Promise<PlatformManifest> {
  const what = describe(request)
  const { digest, body } = await forPlatform(client, request, platform)
  const layers = listOf(body, 'layers')
  if (!layers) throw broken(what, 'has no layers')
  const { diffIds, volumes } = readConfig(await fetchConfig(client, request, body), what)
  if (diffIds !== layers.length) throw broken(what, 'has other layers than its config says')
  return { digest, layers: layers.map((layer) => readLayer(layer, what)), volumes }
}

/** When the image for a platform was made, by its config: milliseconds since 1970, null when it does not say. */
export async function imageCreated(
  client: Client,
  request: ImageRequest,
  platform: Platform = ownPlatform(),
): Promise<number | null> {
  const { body } = await forPlatform(client, request, platform)
  const created = fieldOf(await fetchConfig(client, request, body), 'created')
  const time = typeof created === 'string' && isTime.test(created) ? Date.parse(created) : Number.NaN
  return Number.isNaN(time) ? null : time
}

/** Of RFC 3339; `Date.parse` alone takes many other things for a time. */
const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

type Client = Pick<RegistryClient, 'manifest' | 'smallBlob'>
type ImageRequest = RegistryRequest & { readonly reference: string }

async function forPlatform(
  client: Client,
  request: ImageRequest,
  platform: Platform,
): Promise<{ readonly digest: string; readonly body: unknown }> {
  const found = await client.manifest(request)
  const manifests = listOf(found.body, 'manifests')
  const { body, descriptor } = manifests
    ? await client.manifest({ ...request, reference: chosen(manifests, platform, describe(request)) })
    : found
  return { digest: descriptor.digest, body }
}

async function fetchConfig(client: Client, request: ImageRequest, body: unknown): Promise<unknown> {
  const what = describe(request)
  const { digest } = readDescriptor(fieldOf(body, 'config'), what)
  const bytes = await client.smallBlob({ ...request, digest, limit: largestManifest })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw broken(what, 'has a config that is no JSON')
  }
}

function describe({ image, reference }: ImageRequest): string {
  return `${formatImageName(image)} (${reference})`
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

function readConfig(config: unknown, what: string): { diffIds: number; volumes: string[] } {
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
