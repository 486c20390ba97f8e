import { describe, expect, it } from 'vitest'
import { digestOf, indexType, manifestDigest, manifestText, manifestType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'

const otherDigest = digestOf('something else')
const good: FakeAnswer = {
  headers: { 'content-type': manifestType, 'docker-content-digest': manifestDigest },
  body: manifestText,
}
const withoutDigest: FakeAnswer = { headers: { 'content-type': manifestType }, body: manifestText }

describe('resolve', () => {
  it('takes the digest, type and size from the answer to one HEAD', async () => {
    await using fake = await startFakeRegistry(() => good)

    const descriptor = await resolve(fake.host)

    expect(descriptor).toEqual({ digest: manifestDigest, mediaType: manifestType, size: manifestText.length })
    expect(fake.seen).toMatchObject([{ method: 'HEAD', path: '/v2/acme/shop/manifests/latest' }])
  })

  it('asks for manifests and indexes of OCI and of Docker', async () => {
    await using fake = await startFakeRegistry(() => good)

    await resolve(fake.host)

    expect(fake.seen[0]?.accept.split(', ')).toEqual([
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
    ])
  })

  it.each<[string, FakeAnswer]>([
    ['names no digest', withoutDigest],
    ['does not know HEAD', { status: 405 }],
    ['names no type', { headers: { 'docker-content-digest': manifestDigest } }],
  ])('hashes the manifest itself when the registry %s', async (_what, head) => {
    await using fake = await startFakeRegistry(({ method }) => (method === 'HEAD' ? head : withoutDigest))

    const descriptor = await resolve(fake.host)

    expect(descriptor).toEqual({ digest: manifestDigest, mediaType: manifestType, size: manifestText.length })
    expect(fake.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  it.each<[string, string, FakeAnswer]>([
    [
      'a digest that is not one',
      'latest',
      { headers: { ...good.headers, 'docker-content-digest': 'sha256:abc' } },
    ],
    [
      'a digest in upper case',
      'latest',
      { headers: { ...good.headers, 'docker-content-digest': manifestDigest.toUpperCase() } },
    ],
    ['another digest than was asked for', otherDigest, good],
    ['a web page', 'latest', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' }],
    [
      'a manifest of schema 1',
      'latest',
      {
        headers: {
          ...good.headers,
          'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
        },
      },
    ],
    ['204', 'latest', { status: 204 }],
    ['418', 'latest', { status: 418 }],
    ['304', 'latest', { status: 304 }],
  ])(
    'calls it a breach of the protocol when the registry answers with %s',
    async (_what, reference, answer) => {
      await using fake = await startFakeRegistry(() => answer)

      const error = await failureOf(resolve(fake.host, reference))

      expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', retryable: false })
    },
  )

  it.each(['lat est', '../x', '', 'sha256:abc', '-x', 'a'.repeat(129)])(
    'refuses the reference %j without asking anybody',
    async (reference) => {
      await using fake = await startFakeRegistry(() => good)

      const error = await failureOf(resolve(fake.host, reference))

      expect(error.code).toBe('IMAGE_REFERENCE_INVALID')
      expect(fake.seen).toEqual([])
    },
  )

  it('resolves an index as an index', async () => {
    await using fake = await startFakeRegistry(() => ({
      headers: { ...good.headers, 'content-type': indexType },
    }))

    const descriptor = await resolve(fake.host)

    expect(descriptor.mediaType).toBe(indexType)
  })
})

function resolve(registry: string, reference = 'latest') {
  const image = { registry, repository: 'acme/shop' }
  return createRegistryClient().resolve({ image, reference, credentials: null })
}
