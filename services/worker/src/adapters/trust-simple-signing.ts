import { crypto } from '@sigstore/core'
import { type LayerFacts, parseJson, valueAt } from './trust-layers.ts'

const layerType = 'application/vnd.dev.cosign.simplesigning.v1+json'
const annotation = 'dev.cosignproject.cosign/signature'
const signatureType = 'cosign container image signature'

type Key = ReturnType<typeof crypto.createPublicKey>

export interface SimpleSignature {
  /** The blob that is signed. */
  readonly payload: LayerFacts
  readonly signature: Buffer
}

/** The tag that cosign puts beside an image for its signatures. */
export function simpleSigningTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`
}

/** What a layer of that tag's manifest is; null when it is no signature. */
export function simpleSignature(layer: LayerFacts): SimpleSignature | null {
  const signature = layer.annotations[annotation]
  if (layer.mediaType !== layerType || typeof signature !== 'string') return null
  return { payload: layer, signature: Buffer.from(signature, 'base64') }
}

/** True when one of the keys has signed these very bytes, and they speak of this digest. */
export function isSignedPayload(
  payload: Uint8Array,
  signature: Buffer,
  digest: string,
  keys: readonly Key[],
): boolean {
  const bytes = Buffer.from(payload)
  if (!keys.some((key) => crypto.verify(bytes, key, signature, algorithmOf(key)))) return false
  const critical = valueAt(parseJson(payload), 'critical')
  return (
    valueAt(critical, 'type') === signatureType &&
    valueAt(critical, 'image', 'docker-manifest-digest') === digest
  )
}

/** Ed25519 has a digest of its own. */
function algorithmOf({ asymmetricKeyType: type }: Key): string | undefined {
  return type === 'ed25519' ? undefined : 'sha256'
}
