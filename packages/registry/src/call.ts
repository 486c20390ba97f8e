import {
  type Clock,
  createRedactor,
  type ErrorCode,
  formatImageName,
  isDigest,
  isTag,
  SlipwayError,
  type SlipwayErrorOptions,
} from '@slipway/core'
import { basicAuthorization } from './basic.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import type { RegistryCredentials, RegistryHostRules, RegistryRequest } from './registry-client.ts'
import type { TokenCache } from './token-cache.ts'

/** What all the calls of one client have in common. */
export interface Transport {
  readonly clock: Clock
  readonly tokens: TokenCache
  readonly timeoutMs: number
  readonly userAgent: string
}

/** One call of the client from its first request to its last: whom it asks, on whose behalf, and how it fails. */
export interface Call {
  readonly endpoint: Endpoint
  readonly transport: Transport
  readonly repository: string
  readonly reference: string
  readonly credentials: RegistryCredentials | null
  readonly signal: AbortSignal | undefined
  /** `registry/repository:tag` or `registry/repository@digest`, for messages. */
  readonly what: string
  /** From now on no message of this call shows the secret. */
  hide(secret: string): void
  /** The text without the secrets of this call. Every message is redacted anyway; before a cut it has to be asked for. */
  redact(text: string): string
  fail(code: ErrorCode, message: string, options?: SlipwayErrorOptions): SlipwayError
}

/** @throws SlipwayError IMAGE_REFERENCE_INVALID; the signal's reason when it is aborted already */
export function openCall(
  request: RegistryRequest & { readonly reference: string },
  rules: RegistryHostRules | undefined,
  transport: Transport,
): Call {
  const { image, reference, credentials, signal } = request
  signal?.throwIfAborted()
  const endpoint = endpointOf(image, rules)
  const name = formatImageName(image)
  if (!isTag(reference) && !isDigest(reference))
    throw new SlipwayError(
      'IMAGE_REFERENCE_INVALID',
      `What is asked of ${name} is neither a tag nor a digest.`,
    )
  // A registry may echo what it was sent: everything secret is taken out of every message, by value.
  const secrets = credentials
    ? [credentials.password, basicAuthorization(credentials).slice('Basic '.length)]
    : []
  const redact = (text: string): string => createRedactor(secrets)(text)
  return {
    endpoint,
    transport,
    repository: image.repository,
    reference,
    credentials,
    signal,
    what: `${name}${isDigest(reference) ? '@' : ':'}${reference}`,
    hide: (secret) => {
      secrets.push(secret)
    },
    redact,
    fail: (code, message, options) => new SlipwayError(code, redact(message), options),
  }
}
