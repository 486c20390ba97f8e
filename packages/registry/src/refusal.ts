import type { SlipwayError } from '@slipway/core'
import type { Call } from './call.ts'
import { parseChallenges } from './challenge.ts'
import type { HttpAnswer } from './exchange.ts'
import { quote } from './quote.ts'
import { readRetryAfter } from './retry-after.ts'

/** The error that an answer other than 200 amounts to; `from` is the registry or its token service. */
export function refusal(call: Call, answer: HttpAnswer, from: 'registry' | 'token service'): SlipwayError {
  const { status } = answer
  const who = from === 'registry' ? answer.url.host : `The token service ${answer.url.host}`
  const said = saidIn(call, answer)
  const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'), call.transport.clock)
  const options = { details: { status }, ...(retryAfterMs === null ? {} : { retryAfterMs }) }

  if (status === 401 && !call.credentials) return needsCredentials(call)
  if (status === 401 && from === 'registry' && lacksRight(answer))
    return call.fail(
      'REGISTRY_DENIED',
      `${who} does not let these credentials read ${call.what}${said}.`,
      options,
    )
  if (status === 401)
    return call.fail(
      'REGISTRY_UNAUTHORIZED',
      `${who} refuses the credentials given for ${call.what}${said}.`,
      options,
    )
  if (status === 403)
    return call.fail('REGISTRY_DENIED', `${who} forbids reading ${call.what}${said}.`, options)
  if (status === 404 && from === 'registry') {
    const whom = call.credentials ? 'these credentials' : 'callers without credentials'
    return call.fail(
      'IMAGE_NOT_FOUND',
      `${who} has no ${call.what}, or hides it from ${whom}${said}.`,
      options,
    )
  }
  if (status === 429)
    return call.fail(
      'REGISTRY_RATE_LIMITED',
      `${who} asks to wait before ${call.what} is read${said}.`,
      options,
    )
  if (status >= 500)
    return call.fail(
      'REGISTRY_UNAVAILABLE',
      `${who} answers ${status} when asked for ${call.what}${said}.`,
      options,
    )
  return call.fail(
    'REGISTRY_PROTOCOL',
    `${who} answers ${status}, which the protocol does not have, when asked for ${call.what}${said}.`,
    options,
  )
}

/** The registry wants credentials and the project has none to give. */
export function needsCredentials(call: Call): SlipwayError {
  const host = call.endpoint.url.host
  return call.fail(
    'REGISTRY_UNAUTHORIZED',
    `${host} needs credentials to read ${call.what} (or has no such repository), and the project names none.`,
    { details: { status: 401 } },
  )
}

/**
 * Token services answer a caller without the right by a token without it, so the registry's 401 may mean that the
 * credentials are good and the right is missing.
 */
function lacksRight({ headers, bytes }: HttpAnswer): boolean {
  const challenges = parseChallenges(headers.get('www-authenticate') ?? '')
  if (challenges.some(({ parameters }) => parameters.get('error') === 'insufficient_scope')) return true
  return readErrors(bytes).some(({ code }) => code === 'DENIED')
}

/** What the refusing side says for itself, as the end of a sentence; empty when it says nothing of use. */
function saidIn(call: Call, { headers, bytes }: HttpAnswer): string {
  // Nobody learns from the first lines of a web page.
  if (headers.get('content-type')?.includes('html')) return ' (its answer is a web page)'
  const [first] = readErrors(bytes)
  const text = first ? `${first.code} ${first.message}` : new TextDecoder().decode(bytes)
  // Before it is cut: half a secret is not found any more.
  const line = quote(call.redact(text))
  return line ? `; it says: ${line}` : ''
}

/** The `errors` of the distribution specification; empty for any other body. */
function readErrors(bytes: Uint8Array): { code: string; message: string }[] {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return []
  }
  const errors = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : []
  if (!Array.isArray(errors)) return []
  return errors.map((entry: unknown) => ({ code: textOf(entry, 'code'), message: textOf(entry, 'message') }))
}

function textOf(entry: unknown, key: string): string {
  if (typeof entry !== 'object' || entry === null) return ''
  const value: unknown = Object.hasOwn(entry, key) ? Reflect.get(entry, key) : ''
  return typeof value === 'string' ? value : ''
}
