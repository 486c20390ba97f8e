import type { Call } from './call.ts'
import { parseChallenges } from './challenge.ts'
import type { HttpAnswer } from './exchange.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { essenceOf, isUnspecific, manifestTypes } from './media-type.ts'
import { refusal } from './refusal.ts'
import type { Descriptor, Validated } from './registry-client.ts'
import { otherType, requestManifest, statedDigest } from './request-manifest.ts'

/** The descriptor of what the reference stands for now: by HEAD, and by GET where HEAD does not say enough. */
export async function resolveReference(call: Call): Promise<Descriptor> {
  return describe(call, await requestManifest(call, 'HEAD'))
}

/** The same for what was known before: a registry that knows conditions says in few words that nothing has changed. */
export async function revalidate(call: Call, known: Validated | null): Promise<Validated> {
  const condition = known ? (known.etag ?? `"${known.digest}"`) : undefined
  const answer = await requestManifest(call, 'HEAD', condition)
  if (known && answer.status === 304) {
    if ((statedDigest(call, answer) ?? known.digest) === known.digest) return known
    // It says "the same" and names another digest: then only a plain answer counts.
    return { digest: (await resolveReference(call)).digest, etag: null }
  }
  const { digest } = await describe(call, answer)
  const etag = answer.headers.get('etag')
  return { digest, etag: etag && etag.length <= longestTag ? etag : null }
}

const longestTag = 256

async function describe(call: Call, answer: HttpAnswer): Promise<Descriptor> {
  if (isSilentRefusal(call, answer)) return (await fetchManifest(call)).descriptor
  if (answer.status !== 200) throw refusal(call, answer, 'registry')

  const mediaType = essenceOf(answer.headers.get('content-type'))
  const isKnown = manifestTypes.includes(mediaType)
  if (!isKnown && !isUnspecific(mediaType)) throw otherType(call, answer.url, mediaType)
  const digest = statedDigest(call, answer)
  if (!isKnown || digest === null) return (await fetchManifest(call)).descriptor
  return { digest, mediaType, size: lengthOf(answer) }
}

const withoutHead = new Set([405, 501])

/**
 * Some registries do not know HEAD. And an answer to HEAD has no body, where alone it may say that the token is good
 * and the right is missing. Not asked again after Basic: a wrong password twice as often locks accounts.
 */
function isSilentRefusal({ credentials }: Call, { status, headers }: HttpAnswer): boolean {
  if (withoutHead.has(status)) return true
  if (status !== 401 || !credentials) return false
  const challenges = parseChallenges(headers.get('www-authenticate') ?? '')
  return challenges.some(({ scheme, parameters }) => scheme === 'bearer' && !parameters.has('error'))
}

function lengthOf({ headers }: HttpAnswer): number | null {
  const text = headers.get('content-length') ?? ''
  return /^\d+$/.test(text) ? Number(text) : null
}
