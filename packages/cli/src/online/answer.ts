import type { CredentialSource } from '@slipway/config-file'
import { asSlipwayError, type ErrorCode, type ImageName, SlipwayError } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'

/** What a registry says to a question; `unknown` when it could not be asked. */
export type Answer =
  | { readonly kind: 'readable' }
  | { readonly kind: 'refused' | 'unknown'; readonly code: ErrorCode; readonly why: string }

/** Milliseconds for one question with all its requests; commands that get credentials have their own. */
const patience = 30_000

/** What a registry says to those who may not read; some hide what is there. */
const refusals = new Set<ErrorCode>(['REGISTRY_DENIED', 'REGISTRY_UNAUTHORIZED', 'IMAGE_NOT_FOUND'])
const never = new AbortController().signal

/** Asks whether the tag, or without one the repository, can be read. It never throws. */
export async function ask(
  client: RegistryClient,
  source: CredentialSource,
  image: ImageName,
  tag: string | null,
): Promise<Answer> {
  const signal = AbortSignal.timeout(patience)
  try {
    const credentials = await source.read(never)
    const request = { image, credentials, signal }
    if (tag === null) await client.probe(request)
    else await client.resolve({ ...request, reference: tag })
    return { kind: 'readable' }
  } catch (error) {
    if (signal.aborted && !(error instanceof SlipwayError))
      return { kind: 'unknown', code: 'REGISTRY_UNAVAILABLE', why: `no answer within ${patience} ms` }
    const { code, message } = asSlipwayError(error)
    return { kind: refusals.has(code) ? 'refused' : 'unknown', code, why: message }
  }
}
