import { bundleFromJSON } from '@sigstore/bundle'
import type { crypto } from '@sigstore/core'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import { parseJson, valueAt } from './trust-layers.ts'

const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d+\.\d+)?\+json/
const statementType = 'application/vnd.in-toto+json'
// Attestations of other kinds speak of the same digest, and say something else of it.
const signPredicate = 'https://sigstore.dev/cosign/sign/v1'

type Key = ReturnType<typeof crypto.createPublicKey>

// Where a registry keeps no list of what refers to an image, cosign itself makes one, and long wrote into it the type of
// the config in place of the manifest's own.
const saysNothing: ReadonlySet<string | null> = new Set([
  null,
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
])

/** True for what is listed so that only a look at it tells whether it is a bundle. */
export function mayBeBundle(artifactType: string | null): boolean {
  return saysNothing.has(artifactType)
}

export function isBundleType(mediaType: string): boolean {
  return bundleType.test(mediaType)
}

/** True when the bundle is cosign's word that this digest is signed, by one of the keys. */
export function isSignedBundle(bytes: Uint8Array, digest: string, keys: readonly Key[]): boolean {
  const bundle = readBundle(bytes)
  if (bundle?.content.$case !== 'dsseEnvelope') return false
  const { payload, payloadType } = bundle.content.dsseEnvelope
  if (payloadType !== statementType || !speaksOf(parseJson(payload), digest)) return false
  return keys.some((key) => isSignedBy(bundle, key))
}

type Bundle = ReturnType<typeof bundleFromJSON>

function readBundle(bytes: Uint8Array): Bundle | null {
  try {
    return bundleFromJSON(parseJson(bytes))
  } catch {
    return null
  }
}

function speaksOf(statement: unknown, digest: string): boolean {
  if (valueAt(statement, 'predicateType') !== signPredicate) return false
  const subjects = valueAt(statement, 'subject')
  if (!Array.isArray(subjects)) return false
  return subjects.some((subject) => `sha256:${String(valueAt(subject, 'digest', 'sha256'))}` === digest)
}

/** The hint of a bundle says which key it is, to whoever has many; here each is tried. */
function isSignedBy(bundle: Bundle, key: Key): boolean {
  const forever = () => true
  const material = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey: key, validFor: forever }),
  }
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  try {
    const entity = toSignedEntity(bundle)
    if (entity.key.$case !== 'public-key') return false
    // The key is trusted by itself; what a log says of it is neither needed nor believed.
    verifier.verify({ ...entity, tlogEntries: [], timestamps: [] })
    return true
  } catch {
    return false
  }
}
