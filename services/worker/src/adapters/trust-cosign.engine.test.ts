import {
  bundleLayer,
  bundleType,
  digestOf as digestOfBytes,
  type LabRegistry,
  newSigningKey,
  payloadFor,
  putBundles,
  putSimpleSignatures,
  putSmallImage,
  removeContent,
  type SigningKeyKind,
  simpleLayer,
  startRegistry,
} from '@slipway/lab'
import { createRegistryClient } from '@slipway/registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeImageTrust } from '../../test/contracts/image-trust.ts'
import { calm, failureOf } from '../../test/failure.ts'
import { digestOf } from '../../test/project.ts'
import { createCosignTrust } from './trust-cosign.ts'

const repository = 'acme/shop'
const [good, other] = [newSigningKey(), newSigningKey()]
let registry: LabRegistry
let images = 0

beforeAll(async () => {
  registry = await startRegistry({ say: () => {} })
})
afterAll(() => registry?.stop())

/** A new image at the registry, and its digest. */
async function offer() {
  images += 1
  const to = { registry: registry.host, repository }
  return { to, digest: await putSmallImage(to, `image-${images}`) }
}

function trusts(digest: string, keys: readonly string[]): Promise<void> {
  const image = { registry: registry.host, repository }
  return createCosignTrust(createRegistryClient()).require({
    image,
    digest,
    keys,
    credentials: null,
    signal: calm,
  })
}

async function verdict(digest: string, keys: readonly string[] = [good.pem]): Promise<string> {
  return trusts(digest, keys).then(
    () => 'trusted',
    (error: { code: string }) => error.code,
  )
}

describeImageTrust('cosign', async () => {
  const { to, digest: signed } = await offer()
  const { digest: unsigned } = await offer()
  await putSimpleSignatures(to, signed, [simpleLayer(good, payloadFor(signed))])
  const trust = createCosignTrust(createRegistryClient())
  return { trust, image: to, signed, unsigned, keys: { good: good.pem, other: other.pem } }
})

describe('a signature beside an image', () => {
  it.each<SigningKeyKind>(['p256', 'rsa', 'ed25519'])('may be of a key of kind %s', async (kind) => {
    const key = newSigningKey(kind)
    const { to, digest } = await offer()
    await putSimpleSignatures(to, digest, [simpleLayer(key, payloadFor(digest))])

    expect(await verdict(digest, [key.pem])).toBe('trusted')
    expect(await verdict(digest)).toBe('IMAGE_UNTRUSTED')
  })

  it.each([
    ['speaks of another digest', () => simpleLayer(good, payloadFor(digestOf('0')))],
    [
      'covers another payload',
      (digest: string) => simpleLayer(good, payloadFor(digest), payloadFor(digestOf('0'))),
    ],
    ['is of another kind', (digest: string) => simpleLayer(good, payloadFor(digest, 'a promise'))],
    ['covers no JSON', () => simpleLayer(good, 'not JSON')],
    [
      'has a payload out of all measure',
      (digest: string) => simpleLayer(good, payloadFor(digest).padEnd(70_000)),
    ],
    ['is of a key that is not trusted', (digest: string) => simpleLayer(other, payloadFor(digest))],
  ])('that %s counts for nothing', async (_what, make) => {
    const { to, digest } = await offer()
    await putSimpleSignatures(to, digest, [make(digest)])

    expect(await verdict(digest)).toBe('IMAGE_UNTRUSTED')
  })

  it('whose payload is gone counts for nothing, and does not hide another', async () => {
    const verdicts = []
    for (const more of [[], [good]]) {
      const { to, digest } = await offer()
      const gone = simpleLayer(good, ` ${payloadFor(digest)}`)
      const there = more.map((key) => simpleLayer(key, payloadFor(digest)))
      await putSimpleSignatures(to, digest, [gone, ...there])
      await removeContent(to, 'blobs', gone.blob.digest)
      verdicts.push(await verdict(digest))
    }

    expect(verdicts).toEqual(['IMAGE_UNTRUSTED', 'trusted'])
  })

  it('is found among those of others', async () => {
    const { to, digest } = await offer()
    const layers = [other, other, good, other].map((key, at) =>
      simpleLayer(key, `${payloadFor(digest)}${' '.repeat(at)}`),
    )
    await putSimpleSignatures(to, digest, layers)

    expect(await verdict(digest)).toBe('trusted')
  })

  it('is looked for among the newest twenty and no more', async () => {
    const { to, digest } = await offer()
    const foreign = Array.from({ length: 20 }, (_, at) =>
      simpleLayer(other, `${payloadFor(digest)}${' '.repeat(at)}`),
    )
    await putSimpleSignatures(to, digest, [simpleLayer(good, payloadFor(digest)), ...foreign])

    const error = await failureOf(trusts(digest, [good.pem]))

    expect(error).toMatchObject({ code: 'IMAGE_UNTRUSTED', details: { signatures: 20 } })
  })
})

describe('a bundle that refers to an image', () => {
  it.each<SigningKeyKind>(['p256', 'rsa', 'ed25519'])('may be signed with a key of kind %s', async (kind) => {
    const key = newSigningKey(kind)
    const { to, digest } = await offer()
    await putBundles(to, digest, [bundleLayer(other, digest), bundleLayer(key, digest)])

    expect(await verdict(digest, [key.pem])).toBe('trusted')
    expect(await verdict(digest)).toBe('IMAGE_UNTRUSTED')
  })

  it.each([
    ['speaks of another digest', () => bundleLayer(good, digestOf('0'))],
    [
      'is an attestation',
      (digest: string) => bundleLayer(good, digest, { predicateType: 'https://slsa.dev/provenance/v1' }),
    ],
  ])('that %s counts for nothing', async (_what, make) => {
    const { to, digest } = await offer()
    await putBundles(to, digest, [make(digest)])

    expect(await verdict(digest)).toBe('IMAGE_UNTRUSTED')
  })

  it.each([
    ['the type of its config', 'application/vnd.oci.empty.v1+json'],
    ['its own type', bundleType],
    ['no type', null],
  ])('may be listed under %s', async (_what, listedAs) => {
    const { to, digest } = await offer()
    await putBundles(to, digest, [bundleLayer(good, digest)], listedAs)

    expect(await verdict(digest)).toBe('trusted')
  })

  it('may come with the entry of a log, which is not looked at', async () => {
    const bytes = Buffer.from('something').toString('base64')
    const inclusionProof = {
      ...{ logIndex: '1', rootHash: bytes, treeSize: '2', hashes: [] },
      checkpoint: { envelope: 'a log' },
    }
    const entry = {
      ...{ logIndex: '1', logId: { keyId: bytes }, kindVersion: { kind: 'dsse', version: '0.0.1' } },
      ...{ integratedTime: '1785585600', inclusionPromise: { signedEntryTimestamp: bytes }, inclusionProof },
      canonicalizedBody: bytes,
    }
    const { to, digest } = await offer()
    await putBundles(to, digest, [bundleLayer(good, digest, { material: { tlogEntries: [entry] } })])

    expect(await verdict(digest)).toBe('trusted')
  })

  it('that was changed after it was signed counts for nothing', async () => {
    const { to, digest } = await offer()
    const { blob } = bundleLayer(good, digestOf('0'))
    const { dsseEnvelope, ...rest } = JSON.parse(blob.bytes.toString())
    const { payload } = JSON.parse(bundleLayer(other, digest).blob.bytes.toString()).dsseEnvelope
    const text = JSON.stringify({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload } })
    const bytes = Buffer.from(text)
    await putBundles(to, digest, [{ blob: { ...blob, bytes, digest: digestOfBytes(bytes) } }])

    expect(await verdict(digest)).toBe('IMAGE_UNTRUSTED')
  })
})

it('a registry that is away is asked again later, and no verdict on the image', async () => {
  const image = { registry: '127.0.0.1:1', repository }
  const trust = createCosignTrust(createRegistryClient())

  const asking = trust.require({
    image,
    digest: digestOf('a'),
    keys: [good.pem],
    credentials: null,
    signal: calm,
  })

  expect(await failureOf(asking)).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retryable: true })
})
