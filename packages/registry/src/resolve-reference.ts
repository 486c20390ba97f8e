import type { Call } from './call.ts'
import { parseChallenges } from './challenge.ts'
import type { HttpAnswer } from './exchange.ts'
import { fetchManifest } from './fetch-manifest.ts'
import { essenceOf, isUnspecific, manifestTypes } from './media-type.ts'
import { refusal } from './refusal.ts'
import type { Descriptor } from './registry-client.ts'
import { otherType, requestManifest, statedDigest } from './request-manifest.ts'

/** The descriptor of what the reference stands for now: by HEAD, and by GET where HEAD does not say enough. */
export async function resolveReference(call: Call): Promise<Descriptor> {
  const answer = await requestManifest(call, 'HEAD')
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
