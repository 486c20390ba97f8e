import { createHmac } from 'node:crypto'
import type { HookAuth } from '@slipway/core'

/** What a sender that knows the secret adds to a call, by how its hook is proven. */
export interface SignedCall {
  readonly token: string | null
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Proves a call as its sender would.
 * @param secret that of the hook; for `google-oidc` the whole value of the header
 * @param now milliseconds since 1970
 */
export function signCall(auth: HookAuth, secret: string, body: Uint8Array, now: number): SignedCall {
  const header = auth.header?.toLowerCase() ?? 'authorization'
  const prefix = auth.prefix ?? ''
  const inHeader = (value: string) => ({ token: null, headers: { [header]: `${prefix}${value}` } })
  const hmac = (algorithm: string) => createHmac(algorithm, secret).update(body).digest('hex')
  switch (auth.type) {
    case 'url-secret':
      return { token: secret, headers: {} }
    case 'hmac-sha256-hex':
      return inHeader(hmac('sha256'))
    case 'hmac-sha1-hex':
      return inHeader(hmac('sha1'))
    case 'standard-webhooks':
      return { token: null, headers: standardHeaders(secret, body, now) }
    default:
      return inHeader(secret)
  }
}

function standardHeaders(secret: string, body: Uint8Array, now: number): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const time = String(Math.floor(now / 1_000))
  const signature = createHmac('sha256', key).update(`msg_1.${time}.`).update(body).digest('base64')
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` }
}
