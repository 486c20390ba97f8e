import { describe, expect, it } from 'vitest'
import { digestOf, indexType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'

const client = createRegistryClient()
const subject = digestOf('the image')

function requestTo({ host }: { readonly host: string }) {
  return { image: { registry: host, repository: 'acme/shop' }, credentials: null }
}

describe('a small blob', () => {
  const text = 'what is signed'
  const digest = digestOf(text)

  it('is fetched by its digest', async () => {
    await using fake = await startFakeRegistry(() => ({ body: text }))

    const bytes = await client.smallBlob({ ...requestTo(fake), digest, limit: 64 })

    expect(Buffer.from(bytes).toString()).toBe(text)
    expect(fake.seen[0]?.path).toBe(`/v2/acme/shop/blobs/${digest}`)
  })

  it.each<[string, FakeAnswer, string]>([
    ['of other content', { body: 'something else' }, 'REGISTRY_PROTOCOL'],
    ['larger than expected', { body: 'x'.repeat(65) }, 'REGISTRY_PROTOCOL'],
    ['that is not there', { status: 404 }, 'IMAGE_NOT_FOUND'],
    ['of a registry that is away', { status: 503 }, 'REGISTRY_UNAVAILABLE'],
  ])('%s is refused', async (_what, answer, code) => {
    await using fake = await startFakeRegistry(() => answer)

    const error = await failureOf(client.smallBlob({ ...requestTo(fake), digest, limit: 64 }))

    expect(error.code).toBe(code)
  })
})

describe('what refers to a digest', () => {
  const [first, second] = [digestOf('first'), digestOf('second')]
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [
      { digest: first, size: 1, artifactType: 'application/x' },
      { digest: 'sha256:no', size: 1 },
      { digest: second, size: 1 },
    ],
  })
  const expected = [
    { digest: first, artifactType: 'application/x' },
    { digest: second, artifactType: null },
  ]
  const answer = { headers: { 'content-type': indexType }, body: index }

  it('is what the registry lists', async () => {
    await using fake = await startFakeRegistry(() => answer)

    expect(await client.referrers({ ...requestTo(fake), digest: subject })).toEqual(expected)
    expect(fake.seen.map(({ path }) => path)).toEqual([`/v2/acme/shop/referrers/${subject}`])
  })

  it('is read from a tag where the registry keeps no list', async () => {
    await using fake = await startFakeRegistry(({ path }) =>
      path.includes('/referrers/') ? { status: 404, body: '404 page not found' } : answer,
    )

    expect(await client.referrers({ ...requestTo(fake), digest: subject })).toEqual(expected)
    expect(fake.seen.at(-1)?.path).toBe(`/v2/acme/shop/manifests/${subject.replace(':', '-')}`)
  })

  it.each<[string, FakeAnswer]>([
    ['has neither list nor tag', { status: 404 }],
    ['answers with a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('is nothing where the registry %s', async (_what, reply) => {
    await using fake = await startFakeRegistry(() => reply)

    expect(await client.referrers({ ...requestTo(fake), digest: subject })).toEqual([])
  })

  it('is unknown while the registry is away', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 502 }))

    const error = await failureOf(client.referrers({ ...requestTo(fake), digest: subject }))

    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true })
  })
})

describe('a probe of a repository', () => {
  it('asks for one tag, whatever it is', async () => {
    await using fake = await startFakeRegistry(() => ({ body: '{"name":"acme/shop","tags":[]}' }))

    await client.probe(requestTo(fake))

    expect(fake.seen.map(({ path }) => path)).toEqual(['/v2/acme/shop/tags/list?n=1'])
  })

  it.each([
    [403, 'REGISTRY_DENIED'],
    [404, 'IMAGE_NOT_FOUND'],
    [500, 'REGISTRY_UNAVAILABLE'],
  ])('tells what %i means', async (status, code) => {
    await using fake = await startFakeRegistry(() => ({ status }))

    const error = await failureOf(client.probe(requestTo(fake)))

    expect(error.code).toBe(code)
    expect(error.message).toContain(`${fake.host}/acme/shop`)
  })
})
