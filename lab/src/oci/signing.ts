import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { makeImage, type TypedBytes } from './image.ts'
import { digestOf } from './layer.ts'
import { getManifest, putBlob, putManifest, type Repository } from './upload.ts'

/** A pair of keys as cosign makes them. */
export interface SigningKey {
  /** PEM of the public half. */
  readonly pem: string
  readonly privateKey: KeyObject
}

export type SigningKeyKind = 'p256' | 'rsa' | 'ed25519'

/** One layer of a manifest that cosign leaves beside an image. */
export interface SignatureLayer {
  readonly blob: TypedBytes
  readonly annotations?: Readonly<Record<string, string>>
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const emptyType = 'application/vnd.oci.empty.v1+json'
/** What a manifest says that holds a bundle, and the bundle itself. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const simpleType = 'application/vnd.dev.cosign.simplesigning.v1+json'

export function newSigningKey(kind: SigningKeyKind = 'p256'): SigningKey {
  const { publicKey, privateKey } = pairOf(kind)
  return { pem: publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(), privateKey }
}

/** What `cosign sign --key` signs for a digest. */
export function payloadFor(digest: string, type = 'cosign container image signature'): string {
  const identity = { 'docker-reference': 'registry.example.com/acme/shop' }
  return JSON.stringify({
    critical: { identity, image: { 'docker-manifest-digest': digest }, type },
    optional: null,
  })
}

/** A signature in the older form; `signed` is what was signed where that is not the payload. */
export function simpleLayer(key: SigningKey, payload: string, signed = payload): SignatureLayer {
  const signature = signBytes(key, Buffer.from(signed)).toString('base64')
  return {
    blob: typed(simpleType, Buffer.from(payload)),
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  }
}

export interface BundleContent {
  /** What is said of the digest. Default: that it is signed. */
  readonly predicateType?: string
  /** What is to prove it besides the key. */
  readonly material?: object
}

/** A signature in the newer form: a bundle that holds a statement about the digest. */
export function bundleLayer(
  key: SigningKey,
  digest: string,
  { predicateType = 'https://sigstore.dev/cosign/sign/v1', material = {} }: BundleContent = {},
): SignatureLayer {
  const payloadType = 'application/vnd.in-toto+json'
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
      predicateType,
      predicate: {},
    }),
  )
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
    payload,
  ])
  const bundle = {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: 'which one' }, ...material },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signBytes(key, signed).toString('base64') }],
    },
  }
  return { blob: typed(bundleType, Buffer.from(JSON.stringify(bundle))) }
}

/** Puts signatures of the older form beside an image, in place of those that are there. */
export async function putSimpleSignatures(
  to: Repository,
  digest: string,
  layers: readonly SignatureLayer[],
): Promise<void> {
  await putLayers(to, `${digest.replace(':', '-')}.sig`, layers)
}

/**
 * Puts bundles beside an image, each in a manifest of its own, listed where clients list them for registries that keep
 * no list.
 * @param listedAs their type in that list. Default: the one of their config, as cosign has it there
 */
export async function putBundles(
  to: Repository,
  digest: string,
  layers: readonly SignatureLayer[],
  listedAs: string | null = emptyType,
): Promise<void> {
  const { mediaType, bytes } = await getManifest(to, digest)
  const subject = { mediaType, digest, size: bytes.length }
  const manifests = []
  for (const layer of layers) {
    const manifest = await putLayers(to, null, [layer], { artifactType: bundleType, subject }, emptyType)
    manifests.push({ ...descriptor(manifest), ...(listedAs && { artifactType: listedAs }) })
  }
  const index = typed(
    indexType,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests })),
  )
  await putManifest(to, digest.replace(':', '-'), index)
}

async function putLayers(
  to: Repository,
  tag: string | null,
  layers: readonly SignatureLayer[],
  more: object = {},
  configType = 'application/vnd.oci.image.config.v1+json',
): Promise<TypedBytes> {
  const config = typed(configType, Buffer.from('{}'))
  for (const blob of [config, ...layers.map((layer) => layer.blob)]) await putBlob(to, blob)
  const body = {
    schemaVersion: 2,
    mediaType: manifestType,
    ...more,
    config: descriptor(config),
    layers: layers.map(({ blob, annotations }) => ({
      ...descriptor(blob),
      ...(annotations && { annotations }),
    })),
  }
  const manifest = typed(manifestType, Buffer.from(JSON.stringify(body)))
  await putManifest(to, tag ?? manifest.digest, manifest)
  return manifest
}

/** An image without layers, which no other is like. */
export async function putSmallImage(to: Repository, name: string): Promise<string> {
  const { manifest, blobs } = makeImage({ layers: [], format: 'oci', config: { Labels: { name } } })
  for (const blob of blobs) await putBlob(to, blob)
  return putManifest(to, name, manifest)
}

function pairOf(kind: SigningKeyKind) {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  if (kind === 'ed25519') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function signBytes({ privateKey }: SigningKey, bytes: Buffer): Buffer {
  return sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, privateKey)
}

function typed(mediaType: string, bytes: Buffer): TypedBytes {
  return { mediaType, bytes, digest: digestOf(bytes) }
}

function descriptor({ mediaType, bytes, digest }: TypedBytes) {
  return { mediaType, size: bytes.length, digest }
}
