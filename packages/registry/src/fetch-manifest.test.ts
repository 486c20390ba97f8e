import { describe, expect, it } from 'vitest'
import { digestOf, indexType, manifestDigest, manifestText, manifestType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'

const mebibyte = 1024 * 1024

describe('manifest', () => {
  it.each(['latest', manifestDigest])('gives bytes, body and descriptor of %s', async (reference) => {
    await using fake = await startFakeRegistry(() => of(manifestText))

    const { bytes, body, descriptor } = await manifest(fake.host, reference)

    expect(Buffer.from(bytes).toString()).toBe(manifestText)
    expect(body).toEqual(JSON.parse(manifestText))
    expect(descriptor).toEqual({ digest: manifestDigest, mediaType: manifestType, size: manifestText.length })
  })

  it('takes the type from the body when the header says JSON only', async () => {
    await using fake = await startFakeRegistry(() => of(manifestText, 'application/json'))

    const { descriptor } = await manifest(fake.host)

    expect(descriptor.mediaType).toBe(manifestType)
  })

  it('takes a manifest of just the largest size', async () => {
    const text = `{"x":"${'a'.repeat(4 * mebibyte - 8)}"}`
    await using fake = await startFakeRegistry(() => of(text))

    const { descriptor } = await manifest(fake.host)

    expect(descriptor.size).toBe(4 * mebibyte)
  })

  it.each<[string, string, FakeAnswer]>([
    ['bytes with another digest than was asked for', digestOf('other'), of(manifestText)],
    ['bytes with another digest than it states', 'latest', of(manifestText, manifestType, digestOf('other'))],
    ['one byte more than the largest size', 'latest', of(manifestText.padEnd(4 * mebibyte + 1))],
    ['a web page', 'latest', of('<html>', 'text/html')],
    ['no JSON', 'latest', of('{"schemaVersion":')],
    ['JSON that is no object', 'latest', of('[]')],
    ['JSON of no known type', 'latest', of('{}', 'application/json')],
    ['bytes that are not UTF-8', 'latest', of(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
    ['a body of another type than the header', 'latest', of(manifestText, indexType)],
    ['a manifest that is an index too', 'latest', of('{"layers":[],"manifests":[]}')],
  ])('calls it a breach of the protocol when the registry sends %s', async (_what, reference, answer) => {
    await using fake = await startFakeRegistry(() => answer)

    const error = await failureOf(manifest(fake.host, reference))

    expect(error.code).toBe('REGISTRY_PROTOCOL')
  })

  it('shows control characters and endless text of a registry only cleaned and cut', async () => {
    const type = `a/b\t${'x'.repeat(500)}`
    await using fake = await startFakeRegistry(() => of('{}', type))

    const error = await failureOf(manifest(fake.host))

    expect(error.message).not.toMatch(/\p{Cc}/u)
    expect(error.message.length).toBeLessThan(400)
  })
})

function of(body: string | Uint8Array, type = manifestType, digest?: string): FakeAnswer {
  return { headers: { 'content-type': type, ...(digest ? { 'docker-content-digest': digest } : {}) }, body }
}

function manifest(registry: string, reference = 'latest') {
  const image = { registry, repository: 'acme/shop' }
  return createRegistryClient().manifest({ image, reference, credentials: null })
}
