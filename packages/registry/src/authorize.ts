import type { TokenCredentials } from '@slipway/core'
import { basicAuthorization } from './basic.ts'
import type { Call } from './call.ts'
import { parseChallenges } from './challenge.ts'
import type { HttpAnswer } from './exchange.ts'
import { needsCredentials } from './refusal.ts'
import { isHeaderToken, requestToken } from './token.ts'

/**
 * Sends a request without authorization or with a token from before, and once more with what the registry's challenge
 * asks for. Credentials are never sent unasked. A 401 that comes back is the answer to the authorized request.
 */
export async function authorized<Answer extends HttpAnswer>(
  call: Call,
  send: (authorization: string | null) => Promise<Answer>,
): Promise<Answer> {
  const { tokens } = call.transport
  const known = tokens.get({ ...call, origin: call.endpoint.url.origin })
  if (known) call.hide(known)
  const answer = await send(known ? `Bearer ${known}` : null)
  if (answer.status !== 401) return answer
  return send(await authorizationFor(call, answer))
}

async function authorizationFor(call: Call, { headers, url }: HttpAnswer): Promise<string> {
  // A redirect led elsewhere: what stands there may not ask for anything that is meant for the registry.
  if (url.origin !== call.endpoint.url.origin)
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${call.endpoint.url.host} redirects ${call.what} to ${url.host}, which wants credentials of its own.`,
    )
  const { credentials } = call
  if (credentials && 'token' in credentials) return bearerAuthorization(call, credentials)
  const challenges = parseChallenges(headers.get('www-authenticate') ?? '')
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
  if (bearer) return `Bearer ${await requestToken(call, bearer, credentials)}`
  if (!challenges.some(({ scheme }) => scheme === 'basic'))
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${url.host} wants authorization for ${call.what} but offers neither Bearer nor Basic.`,
    )
  if (!credentials) throw needsCredentials(call)
  return basicAuthorization(credentials)
}

/** A token of the operator is the registry's own: whatever the challenge offers, nobody else is asked or told of it. */
function bearerAuthorization(call: Call, { token }: TokenCredentials): string {
  if (isHeaderToken(token)) return `Bearer ${token}`
  throw call.fail(
    'REGISTRY_UNAUTHORIZED',
    `The token for ${call.what} holds characters that no header can carry; it was not sent.`,
  )
}
