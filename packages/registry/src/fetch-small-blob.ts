import { createHash } from 'node:crypto'
import { askRegistry } from './ask-registry.ts'
import type { Call } from './call.ts'
import { refusal } from './refusal.ts'
import { otherDigest } from './request-manifest.ts'

/** GET of a blob that is held in memory; what it holds is what its digest says, or it is refused. */
export async function fetchSmallBlob(call: Call, limit: number): Promise<Uint8Array> {
  const answer = await askRegistry(call, `blobs/${call.reference}`, { accept: '*/*', limit })
  if (answer.status !== 200) throw refusal(call, answer, 'registry')
  if (answer.cut)
    throw call.fail('REGISTRY_PROTOCOL', `The blob ${call.what} is larger than the ${limit} bytes expected.`)
  const digest = `sha256:${createHash('sha256').update(answer.bytes).digest('hex')}`
  if (digest !== call.reference) throw otherDigest(call, answer.url, digest)
  return answer.bytes
}
