import {
  type Clock,
  createRedactor,
  type ErrorCode,
  formatImageName,
  isDigest,
  isTag,
  type RegistryCredentials,
  SlipwayError,
  type SlipwayErrorOptions,
} from '@slipway/core'
import { basicAuthorization } from './basic.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import type { RegistryHostRules, RegistryRequest } from './registry-client.ts'
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
  /** Empty when the call is about the repository itself. */
  readonly reference: string
  readonly credentials: RegistryCredentials | null
  readonly signal: AbortSignal | undefined
  /** `registry/repository`, with `:tag` or `@digest` where it is about one, for messages. */
  readonly what: string
  /** From now on no message of this call shows the secret. */
  hide(secret: string): void
  /** The text without the secrets of this call. Every message is redacted anyway; before a cut it has to be asked for. */
  redact(text: string): string
  fail(code: ErrorCode, message: string, options?: SlipwayErrorOptions): SlipwayError
}

/** What a call is about; without a reference it is the repository. */
export type CallRequest = RegistryRequest & { readonly reference?: string }

/** @throws SlipwayError IMAGE_REFERENCE_INVALID; the signal's reason when it is aborted already */
export function openCall(
  request: CallRequest,
  rules: RegistryHostRules | undefined,
  transport: Transport,
): Call {
  const { image, reference = '', credentials, signal } = request
  signal?.throwIfAborted()
  const endpoint = endpointOf(image, rules)
  const name = formatImageName(image)
  if (request.reference !== undefined && !isTag(reference) && !isDigest(reference))
    throw new SlipwayError(
      'IMAGE_REFERENCE_INVALID',
      `What is asked of ${name} is neither a tag nor a digest.`,
    )
  // A registry may echo what it was sent: everything secret is taken out of every message, by value.
  const secrets = credentials ? secretsOf(credentials) : []
  const redact = (text: string): string => createRedactor(secrets)(text)
  return {
    endpoint,
    transport,
    repository: image.repository,
    reference,
    credentials,
    signal,
    what: request.reference === undefined ? name : `${name}${isDigest(reference) ? '@' : ':'}${reference}`,
    hide: (secret) => {
      secrets.push(secret)
    },
    redact,
    fail: (code, message, options) => new SlipwayError(code, redact(message), options),
  }
}

function secretsOf(credentials: RegistryCredentials): string[] {
  if ('token' in credentials) return [credentials.token]
  return [credentials.password, basicAuthorization(credentials).slice('Basic '.length)]
}
