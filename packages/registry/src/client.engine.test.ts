import { buffer } from 'node:stream/consumers'
import { type LabRegistry, startRegistry } from '@slipway/lab'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configText, digestOf, manifestDigest, manifestText, manifestType } from '../test/documents.ts'
import { failureOf } from '../test/errors.ts'
import { basicAuthorization } from './basic.ts'
import { createRegistryClient } from './client.ts'

const user = { username: 'deploy', password: 'correct horse battery' }

let registry: LabRegistry

beforeAll(async () => {
  registry = await startRegistry({ say: () => {}, user })
  await push(registry.host)
})

afterAll(async () => {
  await registry?.stop()
})

describe('a registry client and the distribution registry', () => {
  it('resolves a tag to the digest that was pushed', async () => {
    const descriptor = await createRegistryClient().resolve(request())

    expect(descriptor).toEqual({ digest: manifestDigest, mediaType: manifestType, size: manifestText.length })
  })

  it.each(['latest', manifestDigest])('fetches the manifest of %s', async (reference) => {
    const { bytes, descriptor } = await createRegistryClient().manifest(request({ reference }))

    expect(Buffer.from(bytes).toString()).toBe(manifestText)
    expect(descriptor.digest).toBe(manifestDigest)
  })

  it('reads a blob, and the manifest for this platform', async () => {
    const client = createRegistryClient()
    const { image, credentials } = request()
    const config = { digest: digestOf(configText), size: configText.length }

    const bytes = await buffer(await client.blob({ image, credentials, ...config }))
    const found = await client.platformManifest(request())

    expect(bytes.toString()).toBe(configText)
    expect(found).toEqual({ digest: manifestDigest, layers: [], volumes: [] })
  })

  it('is told in few words that a tag has not moved, lists the tags, and says when the image was made', async () => {
    const client = createRegistryClient()

    const known = await client.revalidate({ ...request(), known: null })

    expect(known.digest).toBe(manifestDigest)
    expect(await client.revalidate({ ...request(), known })).toBe(known)
    expect(await client.listTags(request())).toEqual({ tags: ['latest'], isCut: false })
    expect(await client.created(request())).toBeNull()
  })

  it.each([
    ['a tag', { reference: 'missing' }],
    ['a digest', { reference: digestOf('nothing') }],
    ['a repository', { repository: 'acme/missing' }],
  ])('does not find %s that is not there', async (_what, difference) => {
    const asked = createRegistryClient().resolve(request(difference))

    expect((await failureOf(asked)).code).toBe('IMAGE_NOT_FOUND')
  })

  it('is unauthorized with a wrong password', async () => {
    const asked = createRegistryClient().resolve(request({ credentials: { ...user, password: 'wrong one' } }))

    const error = await failureOf(asked)

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).toContain('refuses the credentials')
  })

  it('is unauthorized without credentials, and says that there are none', async () => {
    const error = await failureOf(createRegistryClient().manifest(request({ credentials: null })))

    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.message).toContain('the project names none')
  })
})

interface Difference {
  readonly reference?: string
  readonly repository?: string
  readonly credentials?: typeof user | null
}

function request({ reference = 'latest', repository = 'acme/shop', credentials = user }: Difference = {}) {
  return { image: { registry: registry.host, repository }, reference, credentials }
}

async function push(host: string): Promise<void> {
  const base = `http://${host}/v2/acme/shop`
  const authorization = basicAuthorization(user)
  const upload = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } })
  const location = new URL(upload.headers.get('location') ?? '', base)
  location.searchParams.set('digest', digestOf(configText))
  const blob = await fetch(location, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: configText,
  })
  const tag = await fetch(`${base}/manifests/latest`, {
    method: 'PUT',
    headers: { authorization, 'content-type': manifestType },
    body: manifestText,
  })
  expect([upload.status, blob.status, tag.status]).toEqual([202, 201, 201])
}
