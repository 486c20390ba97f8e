import { describe, expect, it } from 'vitest'
import { digestOf } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { imageCreated, platformManifest } from './platform-manifest.ts'
import type { RegistryClient } from './registry-client.ts'

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  plain: 'application/vnd.oci.image.layer.v1.tar',
  foreign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
}
const here = { os: 'linux', architecture: 'amd64' }

describe('platformManifest', () => {
  it('reads the layers of a manifest, how each is packed, and the volumes', async () => {
    const image = imageOf([layer('gzip'), layer('zstd'), layer('plain')], { Volumes: { '/data': {} } })

    const found = await platformManifest(registryWith(image), request(image.digest), here)

    expect(found.digest).toBe(image.digest)
    expect(found.layers.map(({ packing }) => packing)).toEqual(['gzip', 'zstd', 'none'])
    expect(found.volumes).toEqual(['/data'])
  })

  it('knows no packing for layers that lie elsewhere or are of another kind', async () => {
    const image = imageOf([layer('foreign'), { ...layer('gzip'), urls: ['https://example.com/layer'] }])

    const { layers } = await platformManifest(registryWith(image), request(image.digest), here)

    expect(layers.map(({ packing }) => packing)).toEqual([null, null])
  })

  it('takes the manifest for this platform out of an index, and passes over attestations', async () => {
    const [ours, theirs] = [imageOf([layer('gzip')]), imageOf([layer('plain')])]
    const index = indexOf([
      [theirs, { os: 'linux', architecture: 'arm64' }],
      [ours, here],
      [theirs, { os: 'unknown', architecture: 'unknown' }],
    ])

    const found = await platformManifest(registryWith(ours, theirs, index), request(index.digest), here)

    expect(found.digest).toBe(ours.digest)
  })

  it('does not choose between variants of a processor, nor without a choice', async () => {
    const [one, other] = [imageOf([layer('gzip')]), imageOf([layer('plain')])]
    const several = indexOf([
      [one, { ...here, variant: 'v1' }],
      [other, { ...here, variant: 'v3' }],
    ])
    const none = indexOf([[one, { os: 'linux', architecture: 's390x' }]])
    const client = registryWith(one, other, several, none)

    const failures = await Promise.all(
      [several, none].map(({ digest }) => failureOf(platformManifest(client, request(digest), here))),
    )

    expect(failures.map(({ code }) => code)).toEqual([
      'IMAGE_PLATFORM_UNSUITABLE',
      'IMAGE_PLATFORM_UNSUITABLE',
    ])
  })

  it.each([
    ['other layers than its config', { layers: [], config: configOf(1) }],
    ['no config', { layers: [layer('gzip')], config: undefined }],
    [
      'a layer without a size',
      { layers: [{ mediaType: types.gzip, digest: digestOf('a') }], config: configOf(1) },
    ],
  ])('refuses a manifest with %s', async (_what, { layers, config }) => {
    const text = JSON.stringify({ mediaType: types.manifest, layers, config: config?.descriptor })
    const broken = { digest: digestOf(text), text, blobs: config ? [config] : [] }

    const error = await failureOf(platformManifest(registryWith(broken), request(broken.digest), here))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
  })
})

describe('imageCreated', () => {
  it.each([
    ['2026-11-24T02:00:00Z', Date.UTC(2026, 10, 24, 2)],
    ['2026-11-24T10:00:00.123456789+08:00', Date.UTC(2026, 10, 24, 2, 0, 0, 123)],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    ['24 November 2026', null],
    ['2026-11-24T99:00:00Z', null],
    ['1', null],
    ['', null],
    [5, null],
    [undefined, null],
  ])('reads %j of the config', async (created, expected) => {
    const image = imageOf([], {}, created)

    expect(await imageCreated(registryWith(image), request(image.digest), here)).toBe(expected)
  })

  it('is that of the image for this platform', async () => {
    const ours = imageOf([], {}, '2026-11-24T02:00:00Z')
    const theirs = imageOf([], {}, '2020-01-01T00:00:00Z')
    const index = indexOf([
      [theirs, { os: 'linux', architecture: 'arm64' }],
      [ours, here],
    ])
    const client = registryWith(ours, theirs, index)

    expect(await imageCreated(client, request(index.digest), here)).toBe(Date.UTC(2026, 10, 24, 2))
  })
})

interface Document {
  readonly digest: string
  readonly text: string
  readonly blobs?: readonly { readonly digest: string; readonly text: string }[]
}

function layer(type: keyof typeof types) {
  return { mediaType: types[type], digest: digestOf(type), size: 7 }
}

function configOf(layers: number, config: object = {}, created: unknown = undefined) {
  const text = JSON.stringify({
    created,
    config,
    rootfs: { diff_ids: Array.from({ length: layers }, () => 'sha256:x') },
  })
  return { digest: digestOf(text), text, descriptor: { digest: digestOf(text), size: text.length } }
}

function imageOf(layers: readonly object[], config: object = {}, created?: unknown): Document {
  const about = configOf(layers.length, config, created)
  const text = JSON.stringify({ mediaType: types.manifest, layers, config: about.descriptor })
  return { digest: digestOf(text), text, blobs: [about] }
}

function indexOf(entries: readonly (readonly [Document, object])[]): Document {
  const manifests = entries.map(([{ digest, text }, platform]) => ({ digest, size: text.length, platform }))
  const text = JSON.stringify({ mediaType: types.index, manifests })
  return { digest: digestOf(text), text }
}

function request(reference: string) {
  return {
    image: { registry: 'registry.example.com', repository: 'acme/shop' },
    reference,
    credentials: null,
  }
}

function registryWith(...documents: readonly Document[]): Pick<RegistryClient, 'manifest' | 'smallBlob'> {
  const blobs = new Map(documents.flatMap(({ blobs = [] }) => blobs.map((blob) => [blob.digest, blob.text])))
  const manifests = new Map(documents.map(({ digest, text }) => [digest, text]))
  return {
    async manifest({ reference }) {
      const text = manifests.get(reference) ?? ''
      const descriptor = { digest: reference, mediaType: '', size: text.length }
      return { descriptor, body: JSON.parse(text) as unknown, bytes: Buffer.from(text) }
    },
    smallBlob: async ({ digest }) => Buffer.from(blobs.get(digest) ?? ''),
  }
}
