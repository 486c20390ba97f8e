import type { PasswordCredentials } from '@slipway/core'
import { basicAuthorization } from './basic.ts'
import type { Call } from './call.ts'
import type { Challenge } from './challenge.ts'
import { exchange } from './exchange.ts'
import { quote } from './quote.ts'
import { isTrustedRealm } from './realm.ts'
import { refusal } from './refusal.ts'

/**
 * Asks the token service that the challenge names for the right to pull this one repository, and keeps the token.
 * The scope is ours, not the challenge's: a registry cannot make us ask for more.
 * @throws SlipwayError REGISTRY_PROTOCOL when the service is not one that may see the credentials
 */
export async function requestToken(
  call: Call,
  challenge: Challenge,
  credentials: PasswordCredentials | null,
): Promise<string> {
  const url = trustedRealm(call, challenge.parameters.get('realm') ?? '')
  const service = challenge.parameters.get('service')
  if (service !== undefined) url.searchParams.append('service', service)
  url.searchParams.append('scope', `repository:${call.repository}:pull`)
  const answer = await exchange(call, {
    method: 'GET',
    url,
    accept: 'application/json',
    authorization: credentials ? basicAuthorization(credentials) : null,
    limit: largestAnswer,
  })
  if (answer.status !== 200) throw refusal(call, answer, 'token service')
  const { token, lifeMs } = readToken(answer.bytes)
  if (token === null)
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `The token service ${answer.url.host} sent no token for ${call.what}.`,
    )
  call.hide(token)
  call.transport.tokens.set({ ...call, origin: call.endpoint.url.origin }, token, lifeMs)
  return token
}

const largestAnswer = 256 * 1024
const defaultLifeMs = 60_000
// What may stand in a header: `fetch` quotes a value that may not in its error.
const tokenPattern = /^[\x21-\x7e]+$/

function trustedRealm(call: Call, realm: string): URL {
  const registry = call.endpoint.url.host
  if (!URL.canParse(realm))
    throw call.fail(
      'REGISTRY_PROTOCOL',
      `${registry} names a token service for ${call.what} that is no address: ${quote(call.redact(realm))}.`,
    )
  const url = new URL(realm)
  if (isTrustedRealm(call.endpoint, url)) return url
  throw call.fail(
    'REGISTRY_PROTOCOL',
    `${registry} sends ${call.what} for a token to ${url.protocol}//${url.host}, which is not known to belong to it; ` +
      'if it does, list that host in `token_services` of the registry.',
    { details: { realm: call.redact(url.host) } },
  )
}

function readToken(bytes: Uint8Array): { token: string | null; lifeMs: number } {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    body = null
  }
  const fields: { token?: unknown; access_token?: unknown; expires_in?: unknown } =
    typeof body === 'object' && body !== null ? body : {}
  const token = [fields.token, fields.access_token].find(isToken) ?? null
  const seconds = fields.expires_in
  const isLife = typeof seconds === 'number' && seconds > 0
  return { token, lifeMs: isLife ? seconds * 1_000 : defaultLifeMs }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && isHeaderToken(value)
}

/** True for what may stand behind `Bearer` in a header. */
export function isHeaderToken(text: string): boolean {
  return tokenPattern.test(text)
}
