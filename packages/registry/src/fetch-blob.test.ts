import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { type FakeAnswer, startFakeRegistry } from '../test/fake-registry.ts'
import { createRegistryClient } from './client.ts'

const content = 'the bytes of a layer'
const digest = digestOf(content)
const user = { username: 'ada', password: 'a long password' }

describe('blob', () => {
  it('gives the bytes of a digest', async () => {
    await using fake = await startFakeRegistry(() => ({ body: content }))

    expect(await read(fake.host)).toBe(content)
    expect(fake.seen.map(({ path }) => path)).toEqual([`/v2/acme/shop/blobs/${digest}`])
  })

  it('shows credentials to the registry alone, not to where it keeps its blobs', async () => {
    await using store = await startFakeRegistry(() => ({ body: content }))
    await using fake = await startFakeRegistry(({ authorization }) =>
      authorization
        ? { status: 307, headers: { location: `${store.url}/bucket/layer` } }
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    )

    expect(await read(fake.host, { credentials: user })).toBe(content)
    expect(fake.seen.map(({ authorization }) => authorization !== null)).toEqual([false, true])
    expect(store.seen.map(({ authorization }) => authorization)).toEqual([null])
  })

  it.each<[string, FakeAnswer]>([
    ['other bytes', { body: 'the bytes of a liar.' }],
    ['fewer bytes', { body: content.slice(1) }],
    ['more bytes', { body: `${content}!` }],
    ['a redirect into this link', { status: 302, headers: { location: 'http://169.254.169.254/' } }],
  ])('calls it a breach of the protocol when it gets %s', async (_what, answer) => {
    await using fake = await startFakeRegistry(() => answer)

    expect((await failureOf(read(fake.host))).code).toBe('REGISTRY_PROTOCOL')
  })

  it('says when there is no such blob', async () => {
    await using fake = await startFakeRegistry(() => ({ status: 404 }))

    expect((await failureOf(read(fake.host))).code).toBe('IMAGE_NOT_FOUND')
  })

  it('gives up when nothing comes any more', async () => {
    await using fake = await startFakeRegistry(() => ({ body: content.slice(0, 5), fault: 'stall' }))

    const error = await failureOf(read(fake.host, { timeoutMs: 100 }))

    expect(error.code).toBe('REGISTRY_UNAVAILABLE')
    expect(error.message).toContain('100 ms')
  })

  it('ends with the reason of its signal', async () => {
    await using fake = await startFakeRegistry(() => ({ body: content.slice(0, 5), fault: 'stall' }))
    const stop = new AbortController()
    const reason = new Error('enough')

    const reading = read(fake.host, { signal: stop.signal })
    setTimeout(() => stop.abort(reason), 50)

    await expect(reading).rejects.toBe(reason)
  })
})

interface Options {
  readonly credentials?: typeof user
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

async function read(registry: string, { credentials, timeoutMs = 5_000, signal }: Options = {}) {
  const image = { registry, repository: 'acme/shop' }
  const request = { image, digest, size: content.length, credentials: credentials ?? null }
  const client = createRegistryClient({ timeoutMs })
  const bytes = await buffer(await client.blob(signal ? { ...request, signal } : request))
  return bytes.toString()
}
