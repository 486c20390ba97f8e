import type { PasswordCredentials } from '@slipway/core'

/** The value of an `Authorization` header, in UTF-8 as RFC 7617 has it. */
export function basicAuthorization({ username, password }: PasswordCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
