import { createHash, timingSafeEqual } from 'node:crypto'
import type { OpsRole } from '@slipway/core'

/** Who is logged in. */
export interface Identity {
  readonly name: string
  readonly role: OpsRole
}

/** A token that may log in, by its hash: `sha256:` and 64 hexadecimal digits. */
export interface TokenHash extends Identity {
  readonly hash: string
}

export type Authenticate = (token: string) => Identity | null

const hashPattern = /^sha256:[a-f0-9]{64}$/

export function isTokenHash(text: string): boolean {
  return hashPattern.test(text)
}

/** Compares with every hash, whichever fits, so that the time taken tells nothing. */
export function createAuthenticate(tokens: readonly TokenHash[]): Authenticate {
  const known = tokens.map(({ hash, name, role }) => ({
    digest: Buffer.from(hash.slice('sha256:'.length), 'hex'),
    identity: { name, role },
  }))
  return (token) => {
    const given = createHash('sha256').update(token, 'utf8').digest()
    let found: Identity | null = null
    for (const { digest, identity } of known) if (timingSafeEqual(digest, given)) found = identity
    return found
  }
}
