import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { type RedisSecrets, SlipwayError } from '@slipway/core'

/**
 * Refuses files that are no certificates, or a key that does not belong to its certificate: a connection would only
 * fail by them, again and again and in words of OpenSSL.
 * @throws SlipwayError SECRET_UNAVAILABLE naming all of them
 */
export function requireUsableTls({ ca, cert, key }: NonNullable<RedisSecrets['tls']>): void {
  const mistakes = [
    ...complaint('redis.tls.ca', () => ca && new X509Certificate(ca)),
    ...complaint('redis.tls.cert', () => cert && new X509Certificate(cert)),
  ]
  if (mistakes.length === 0)
    mistakes.push(...complaint('redis.tls.key', () => createSecureContext({ cert, key })))
  if (mistakes.length === 0) return
  throw new SlipwayError('SECRET_UNAVAILABLE', `Files for TLS cannot be used:\n${mistakes.join('\n')}`)
}

function complaint(path: string, use: () => unknown): string[] {
  try {
    use()
    return []
  } catch (error) {
    return [`  ${path}: ${error instanceof Error ? error.message : String(error)}`]
  }
}
