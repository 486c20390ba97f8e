import { isDigest } from '@slipway/core'
import { authorized } from './authorize.ts'
import type { Call } from './call.ts'
import { exchange, type HttpAnswer } from './exchange.ts'
import { manifestTypes } from './media-type.ts'
import { quote } from './quote.ts'

/**
 * Asks the registry for the manifest that the call is about, with whatever authorization it takes.
 * @param ifNoneMatch the entity tag of what is known already
 */
export function requestManifest(
  call: Call,
  method: 'GET' | 'HEAD',
  ifNoneMatch?: string,
): Promise<HttpAnswer> {
  const path = `/v2/${call.repository}/manifests/${call.reference}`
  const url = new URL(path, call.endpoint.url)
  return authorized(call, (authorization) =>
    exchange(call, {
      method,
      url,
      accept: manifestTypes.join(', '),
      authorization,
      ifNoneMatch,
      limit: largestManifest,
    }),
  )
}

/** The limit that registries themselves keep to. */
export const largestManifest = 4 * 1024 * 1024

/**
 * The digest that the registry says the manifest has; null when it says nothing.
 * @throws SlipwayError REGISTRY_PROTOCOL when it is none, or another one than was asked for
 */
export function statedDigest(call: Call, { headers, url }: HttpAnswer): string | null {
  const digest = headers.get('docker-content-digest')?.trim()
  if (!digest) return null
  if (!isDigest(digest))
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${url.host} states a digest of ${call.what} that is not one: ${quote(call.redact(digest))}.`,
    )
  if (isDigest(call.reference) && digest !== call.reference) throw otherDigest(call, url, digest)
  return digest
}

export function otherDigest(call: Call, url: URL, digest: string): Error {
  return call.fail('REGISTRY_PROTOCOL', `${url.host} answers with ${digest} when asked for ${call.what}.`)
}

export function otherType(call: Call, url: URL, type: string): Error {
  const described = type.includes('html') ? 'a web page' : `"${quote(call.redact(type))}"`
  return call.fail(
    'REGISTRY_PROTOCOL',
    `${url.host} answers with ${described} instead of an image manifest when asked for ${call.what}.`,
  )
}
