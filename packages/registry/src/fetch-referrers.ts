import { isDigest, SlipwayError } from '@slipway/core'
import { askRegistry } from './ask-registry.ts'
import type { Call } from './call.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { refusal } from './refusal.ts'
import type { Referrer } from './registry-client.ts'
import { largestManifest } from './request-manifest.ts'

const indexType = 'application/vnd.oci.image.index.v1+json'
/** What registries say that do not know the question. */
const unknownStatuses = new Set([404, 405, 501])

/**
 * The manifests whose subject is the digest: as the registry lists them, or, where it keeps no such list, from the tag
 * that clients then use in its place.
 * @param fallback the call for that tag
 */
export async function fetchReferrers(call: Call, fallback: Call): Promise<readonly Referrer[]> {
  const asked = { accept: indexType, limit: largestManifest }
  const answer = await askRegistry(call, `referrers/${call.reference}`, asked)
  if (unknownStatuses.has(answer.status)) return fromTag(fallback)
  if (answer.status !== 200) throw refusal(call, answer, 'registry')
  if (answer.cut)
    throw call.fail('REGISTRY_PROTOCOL', `What refers to ${call.what} is more than ${largestManifest} bytes.`)
  return readIndex(parse(answer.bytes))
}

/** The tag in which clients list what refers to a digest, where the registry does not. */
export function referrersTag(digest: string): string {
  return digest.replace(':', '-')
}

async function fromTag(call: Call): Promise<readonly Referrer[]> {
  try {
    return readIndex((await fetchManifest(call)).body)
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'IMAGE_NOT_FOUND') return []
    throw error
  }
}

/** What is no index refers to nothing: registries without such a list may answer with a page of theirs. */
function readIndex(body: unknown): Referrer[] {
  const entries: unknown = isObject(body) ? body.manifests : []
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown) => {
    if (!isObject(entry) || typeof entry.digest !== 'string' || !isDigest(entry.digest)) return []
    return [
      {
        digest: entry.digest,
        artifactType: typeof entry.artifactType === 'string' ? entry.artifactType : null,
      },
    ]
  })
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
