import { basicAuthorization } from './basic.ts'
import type { Call } from './call.ts'
import { parseChallenges } from './challenge.ts'
import type { HttpAnswer } from './exchange.ts'
import { needsCredentials } from './refusal.ts'
import { requestToken } from './token.ts'

/**
 * Sends a request without authorization or with a token from before, and once more with what the registry's challenge
 * asks for. Credentials are never sent unasked. A 401 that comes back is the answer to the authorized request.
 */
export async function authorized(
  call: Call,
  send: (authorization: string | null) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
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
  const challenges = parseChallenges(headers.get('www-authenticate') ?? '')
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
  if (bearer) return `Bearer ${await requestToken(call, bearer)}`
  if (!challenges.some(({ scheme }) => scheme === 'basic'))
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${url.host} wants authorization for ${call.what} but offers neither Bearer nor Basic.`,
    )
  if (!call.credentials) throw needsCredentials(call)
  return basicAuthorization(call.credentials)
}
