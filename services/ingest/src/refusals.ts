import type { RefusalReason } from '@slipway/core'

/** What the sender of a refused call is told. */
export interface PublicError {
  readonly code:
    | 'BAD_REQUEST'
    | 'NOT_FOUND'
    | 'BODY_TOO_LARGE'
    | 'UNSUPPORTED_MEDIA_TYPE'
    | 'UNPROCESSABLE'
    | 'TOO_MANY_REQUESTS'
    | 'UNAVAILABLE'
  readonly message: string
}

export type RefusalStatus = 400 | 404 | 413 | 415 | 422 | 429 | 503

/** How a call is refused, by what was wrong with it. */
export interface Refusal {
  /** For counters and for the audit. */
  readonly reason: RefusalReason
  readonly status: RefusalStatus
  readonly error: PublicError
  /** Seconds, for `Retry-After`; null where coming again would change nothing. */
  readonly retryAfter: number | null
}

/** Seconds until keys that could not be had are tried for again. */
const unavailableFor = 10

/** The one answer to whoever has not proven to be a sender, whatever the reason. */
export const notFound: PublicError = { code: 'NOT_FOUND', message: 'Not found.' }

const errors = {
  badRequest: { code: 'BAD_REQUEST', message: 'The body cannot be read.' },
  tooLarge: { code: 'BODY_TOO_LARGE', message: 'The body is too large.' },
  mediaType: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'The body is not of a type that this hook takes.',
  },
  unprocessable: { code: 'UNPROCESSABLE', message: 'The body is not one that this source sends.' },
  tooMany: { code: 'TOO_MANY_REQUESTS', message: 'Too many calls; come back later.' },
  unavailable: { code: 'UNAVAILABLE', message: 'Not taken; send it again.' },
} as const satisfies Readonly<Record<string, PublicError>>

const refusals: Readonly<Record<RefusalReason, Omit<Refusal, 'reason'>>> = {
  'unknown-hook': { status: 404, error: notFound, retryAfter: null },
  'address-not-allowed': { status: 404, error: notFound, retryAfter: null },
  'proof-missing': { status: 404, error: notFound, retryAfter: null },
  'proof-wrong': { status: 404, error: notFound, retryAfter: null },
  'proof-stale': { status: 404, error: notFound, retryAfter: null },
  'proof-unavailable': { status: 503, error: errors.unavailable, retryAfter: unavailableFor },
  'too-large': { status: 413, error: errors.tooLarge, retryAfter: null },
  'content-type': { status: 415, error: errors.mediaType, retryAfter: null },
  unreadable: { status: 400, error: errors.badRequest, retryAfter: null },
  'not-of-source': { status: 422, error: errors.unprocessable, retryAfter: null },
  'rate-limited': { status: 429, error: errors.tooMany, retryAfter: 60 },
}

/** The refusal for a reason, with the seconds to wait where they are known. */
export function refusal(reason: RefusalReason, retryAfter?: number): Refusal {
  const found = refusals[reason]
  return { reason, ...found, retryAfter: retryAfter ?? found.retryAfter }
}
