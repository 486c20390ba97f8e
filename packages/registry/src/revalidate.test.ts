import { describe, expect, it } from 'vitest'
import { digestOf, manifestDigest, manifestText, manifestType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'
import type { Validated } from './registry-client.ts'

const headers = { 'content-type': manifestType, 'docker-content-digest': manifestDigest, etag: '"v7"' }
const good: FakeAnswer = { headers, body: manifestText }
const known = { digest: manifestDigest, etag: '"v7"' }

function ask(host: string, before: Validated | null) {
  const image = { registry: host, repository: 'acme/shop' }
  return createRegistryClient().revalidate({ image, credentials: null, reference: 'latest', known: before })
}

describe('revalidate', () => {
  it('asks without a condition when nothing is known, and keeps what to ask with', async () => {
    await using fake = await startFakeRegistry(() => good)

    expect(await ask(fake.host, null)).toEqual(known)
    expect(fake.seen).toMatchObject([{ method: 'HEAD', ifNoneMatch: null }])
  })

  it('takes 304 for what was known', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 304 }))

    expect(await ask(fake.host, known)).toEqual(known)
    expect(fake.seen).toMatchObject([{ method: 'HEAD', ifNoneMatch: '"v7"' }])
  })

  it('asks with the digest where the registry gave no entity tag', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 304 }))

    await ask(fake.host, { ...known, etag: null })

    expect(fake.seen[0]?.ifNoneMatch).toBe(`"${manifestDigest}"`)
  })

  it('learns what is there now', async () => {
    await using fake = await startFakeRegistry(() => good)

    expect(await ask(fake.host, { digest: digestOf('older'), etag: '"v6"' })).toEqual(known)
    expect(fake.seen).toHaveLength(1)
  })

  it('does not believe a registry that says "the same" and names another digest', async () => {
    const other = digestOf('another one')
    await using fake = await startFakeRegistry(({ ifNoneMatch }) =>
      ifNoneMatch ? { status: 304, headers: { 'docker-content-digest': other } } : good,
    )

    expect(await ask(fake.host, known)).toEqual({ digest: manifestDigest, etag: null })
  })

  it('keeps no entity tag that is longer than any in use', async () => {
    await using fake = await startFakeRegistry(() => ({
      ...good,
      headers: { ...headers, etag: `"${'x'.repeat(300)}"` },
    }))

    expect(await ask(fake.host, null)).toEqual({ ...known, etag: null })
  })

  it('is told of a refusal and how long to wait', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 429, headers: { 'retry-after': '7' } }))

    const error = await failureOf(ask(fake.host, known))

    expect(error).toMatchObject({ code: 'REGISTRY_RATE_LIMITED', retryAfterMs: 7_000 })
  })
})
