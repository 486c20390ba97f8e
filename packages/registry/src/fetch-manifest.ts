import { createHash } from 'node:crypto'
import { isDigest } from '@slipway/core'
import type { Call } from './call.ts'
import type { HttpAnswer } from './exchange.ts'
import { essenceOf, isUnspecific, manifestTypes } from './media-type.ts'
import { refusal } from './refusal.ts'
import type { FetchedManifest } from './registry-client.ts'
import { largestManifest, otherDigest, otherType, requestManifest, statedDigest } from './request-manifest.ts'

/** GET of the manifest; its digest is what its bytes say, and must be what the reference and the registry say. */
export async function fetchManifest(call: Call): Promise<FetchedManifest> {
  const answer = await requestManifest(call, 'GET')
  if (answer.status !== 200) throw refusal(call, answer, 'registry')
  const { bytes, url } = answer
  if (answer.cut)
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `The manifest of ${call.what} is larger than ${largestManifest} bytes.`,
    )
  const type = essenceOf(answer.headers.get('content-type'))
  if (!manifestTypes.includes(type) && !isUnspecific(type)) throw otherType(call, url, type)

  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const expected = statedDigest(call, answer) ?? (isDigest(call.reference) ? call.reference : digest)
  if (digest !== expected) throw otherDigest(call, url, digest)
  const body = readBody(call, answer)
  return {
    descriptor: { digest, mediaType: typeOf(call, answer, type, body), size: bytes.length },
    body,
    bytes,
  }
}

interface ManifestBody {
  readonly mediaType?: unknown
  readonly layers?: unknown
  readonly manifests?: unknown
}

function readBody(call: Call, { bytes, url }: HttpAnswer): ManifestBody {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    body = null
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw call.fail('REGISTRY_PROTOCOL', `${url.host} sends something that is no JSON object as ${call.what}.`)
}

/**
 * One digest must not be read as two things: a document that is both manifest and index, or that names another type
 * than its header does, is refused.
 */
function typeOf(call: Call, { url }: HttpAnswer, header: string, body: ManifestBody): string {
  if (body.layers !== undefined && body.manifests !== undefined)
    throw call.fail('REGISTRY_PROTOCOL', `${call.what} is both a manifest and an index.`)
  const named = typeof body.mediaType === 'string' ? body.mediaType : ''
  const type = isUnspecific(header) ? named : header
  if (!manifestTypes.includes(type)) throw otherType(call, url, type || header)
  if (named && named !== type)
    throw call.fail('REGISTRY_PROTOCOL', `${call.what} is of another type than its registry says.`)
  return type
}
