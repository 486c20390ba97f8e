import { crypto } from '@sigstore/core'
import { formatImageName, SlipwayError } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'
import type { ImageTrust, TrustRequest } from '../ports/image-trust.ts'
import { isBundleType, isSignedBundle, mayBeBundle } from './trust-bundle.ts'
import { type LayerFacts, layersOf } from './trust-layers.ts'
import { isSignedPayload, simpleSignature, simpleSigningTag } from './trust-simple-signing.ts'

/** Whoever may push to the repository may put as many there as they like. */
const mostSignatures = 20
const largestPayload = 64 * 1024
const mostRemembered = 1_000

type Key = ReturnType<typeof crypto.createPublicKey>

/**
 * Trust by signatures of cosign's key pairs, in both forms in which cosign leaves them at the registry: the tag beside
 * the image, and the bundle that refers to it. A transparency log is not asked: whoever has the key is believed.
 */
export function createCosignTrust(registry: RegistryClient): ImageTrust {
  // A signature stays good as long as its key does.
  const proven = new Set<string>()

  async function isProven(request: TrustRequest): Promise<Verdict> {
    const keys = request.keys.map((pem) => crypto.createPublicKey(pem))
    const simple = await simpleSignatures(registry, request, keys)
    if (simple.isTrusted) return simple
    const bundles = await bundleSignatures(registry, request, keys)
    return { isTrusted: bundles.isTrusted, seen: simple.seen + bundles.seen }
  }

  return {
    async require(request) {
      const { image, digest, keys } = request
      const name = `${formatImageName(image)}@${digest}`
      const memory = JSON.stringify([name, keys])
      request.signal.throwIfAborted()
      if (proven.has(memory)) return
      const { isTrusted, seen } = await isProven(request)
      if (!isTrusted) throw untrusted(name, seen)
      if (proven.size >= mostRemembered) proven.clear()
      proven.add(memory)
    },
  }
}

interface Verdict {
  readonly isTrusted: boolean
  /** How many signatures were looked at. */
  readonly seen: number
}

function untrusted(name: string, seen: number): SlipwayError {
  const why = seen === 0 ? 'bears no signature' : `bears no signature of a trusted key (${seen} looked at)`
  return new SlipwayError('IMAGE_UNTRUSTED', `The image ${name} ${why}.`, { details: { signatures: seen } })
}

async function simpleSignatures(
  registry: RegistryClient,
  request: TrustRequest,
  keys: readonly Key[],
): Promise<Verdict> {
  const reference = simpleSigningTag(request.digest)
  const layers = await layersAt(registry, request, reference)
  const signatures = newest(layers.flatMap((layer) => simpleSignature(layer) ?? []))
  for (const { payload, signature } of signatures) {
    const bytes = await blob(registry, request, payload)
    if (bytes && isSignedPayload(bytes, signature, request.digest, keys))
      return { isTrusted: true, seen: signatures.length }
  }
  return { isTrusted: false, seen: signatures.length }
}

async function bundleSignatures(
  registry: RegistryClient,
  request: TrustRequest,
  keys: readonly Key[],
): Promise<Verdict> {
  const referrers = await registry.referrers({ ...callOf(request), digest: request.digest })
  const listed = referrers.filter(({ artifactType: type }) => type !== null && isBundleType(type))
  const unsure = referrers.filter(({ artifactType: type }) => mayBeBundle(type))
  const candidates = newest([...unsure, ...listed])
  let seen = 0
  for (const { digest: reference } of candidates) {
    const layers = await layersAt(registry, request, reference)
    const bundle = layers.find(({ mediaType }) => isBundleType(mediaType))
    const bytes = bundle && (await blob(registry, request, bundle))
    if (!bytes) continue
    seen += 1
    if (isSignedBundle(bytes, request.digest, keys)) return { isTrusted: true, seen }
  }
  return { isTrusted: false, seen }
}

/** Signatures are added behind those that are there; a list of what refers to an image may have an order of its own. */
function newest<T>(all: readonly T[]): readonly T[] {
  return all.slice(-mostSignatures)
}

async function blob(
  registry: RegistryClient,
  request: TrustRequest,
  { digest, size }: LayerFacts,
): Promise<Uint8Array | null> {
  if (size > largestPayload) return null
  return orNull(registry.smallBlob({ ...callOf(request), digest, limit: largestPayload }))
}

function callOf({ image, credentials, signal }: TrustRequest) {
  return { image, credentials, signal }
}

async function layersAt(
  registry: RegistryClient,
  request: TrustRequest,
  reference: string,
): Promise<readonly LayerFacts[]> {
  const manifest = await orNull(registry.manifest({ ...callOf(request), reference }))
  return manifest ? layersOf(manifest.body) : []
}

async function orNull<T>(content: Promise<T>): Promise<T | null> {
  try {
    return await content
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'IMAGE_NOT_FOUND') return null
    throw error
  }
}
