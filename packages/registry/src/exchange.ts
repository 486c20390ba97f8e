import type { Call } from './call.ts'
import { readUpTo } from './read-up-to.ts'
import { redirectTarget } from './redirect.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD'
  readonly url: URL
  readonly accept: string
  /** Sent to the origin of `url` only. */
  readonly authorization: string | null
  /** An entity tag: where it still stands the answer is 304. */
  readonly ifNoneMatch?: string | undefined
  /** The most bytes that are read of a body. */
  readonly limit: number
}

export interface HttpAnswer {
  readonly method: 'GET' | 'HEAD'
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** True when the body went on after `limit`. */
  readonly cut: boolean
  /** Who answered at last: another one than was asked, after a redirect. */
  readonly url: URL
}

/**
 * One request and its redirects, each with the deadline of the call.
 * @throws SlipwayError REGISTRY_UNAVAILABLE, REGISTRY_PROTOCOL; the reason of the caller's signal
 */
export function exchange(call: Call, request: HttpRequest): Promise<HttpAnswer> {
  return followRedirects(call, request, (next) => send(call, next))
}

/**
 * Sends a request where redirects lead it, its authorization not beyond the origin that it is for.
 * @throws SlipwayError REGISTRY_PROTOCOL; what `sendOne` throws
 */
export async function followRedirects<Request extends HttpRequest, Answer extends HttpAnswer>(
  call: Call,
  request: Request,
  sendOne: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  let { url, authorization } = request
  for (let redirects = 0; ; redirects++) {
    const answer = await sendOne({ ...request, url, authorization })
    if (!redirectStatuses.has(answer.status)) return answer
    if (redirects === mostRedirects)
      throw call.fail('REGISTRY_PROTOCOL', `${url.host} redirects without end when asked for ${call.what}.`)
    const next = redirectTarget(call.endpoint.url, url, answer.headers.get('location'))
    if (typeof next === 'string')
      throw call.fail('REGISTRY_PROTOCOL', `${url.host} redirects ${call.what} ${next}.`)
    // Once gone it stays away, even if a later redirect leads back.
    if (next.origin !== url.origin) authorization = null
    url = next
  }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])
const mostRedirects = 3

async function send(call: Call, request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, limit } = request
  const deadline = AbortSignal.timeout(call.transport.timeoutMs)
  try {
    const response = await fetch(url, {
      method,
      headers: headersOf(call, request),
      redirect: 'manual',
      signal: call.signal ? AbortSignal.any([call.signal, deadline]) : deadline,
    })
    const { bytes, cut } = await readUpTo(response, response.ok ? limit : refusalLimit)
    return { method, status: response.status, headers: response.headers, bytes, cut, url }
  } catch (cause) {
    call.signal?.throwIfAborted()
    throw unreachable(call, url, deadline, cause)
  }
}

/** The most bytes that are read of an answer that is no success. */
export const refusalLimit = 16 * 1024

export function headersOf(call: Call, { accept, authorization, ifNoneMatch }: HttpRequest): Headers {
  // Without compression the length that is announced is the length that is hashed.
  const headers = new Headers({
    accept,
    'accept-encoding': 'identity',
    'user-agent': call.transport.userAgent,
  })
  if (authorization) headers.set('authorization', authorization)
  if (ifNoneMatch) headers.set('if-none-match', ifNoneMatch)
  return headers
}

/** What a request amounts to that found nobody, or nobody who goes on: `deadline` fired when it took too long. */
export function unreachable(call: Call, url: URL, deadline: AbortSignal, cause: unknown): Error {
  if (deadline.aborted) {
    const message = `${url.host} did not answer within ${call.transport.timeoutMs} ms when asked for ${call.what}.`
    return call.fail('REGISTRY_UNAVAILABLE', message, { cause })
  }
  const code = systemCode(cause)
  if (code.startsWith('HPE_')) {
    const message = `${url.host} does not speak ${url.protocol.slice(0, -1).toUpperCase()} when asked for ${call.what} (${code}).`
    return call.fail('REGISTRY_PROTOCOL', message, { cause })
  }
  const why = code ? ` (${code})` : ''
  return call.fail('REGISTRY_UNAVAILABLE', `${url.host} cannot be reached to ask for ${call.what}${why}.`, {
    cause,
  })
}

/** `fetch` says "fetch failed"; the code that tells why stands in the error beneath. */
function systemCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string') return at.code
  return ''
}
