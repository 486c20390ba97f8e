import type { RegistryCredentials } from './registry-client.ts'

/** The value of an `Authorization` header, in UTF-8 as RFC 7617 has it. */
export function basicAuthorization({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
