import { createHmac, randomBytes } from 'node:crypto'
import type { Clock, RegistryCredentials } from '@slipway/core'

/** Whose token for what: a token is given back for exactly the same three again. */
export interface TokenOwner {
  /** Scheme, host and port of the registry. */
  readonly origin: string
  readonly repository: string
  readonly credentials: RegistryCredentials | null
}

export interface TokenCache {
  get(owner: TokenOwner): string | null
  set(owner: TokenOwner, token: string, lifeMs: number): void
}

/** Tokens in memory until shortly before they expire. */
export function createTokenCache(clock: Clock): TokenCache {
  const entries = new Map<string, { token: string; expiresAt: number }>()
  // Keyed, so that a dump of the memory does not let passwords be guessed offline without this key.
  const secret = randomBytes(32)
  const keyOf = ({ origin, repository, credentials }: TokenOwner): string => {
    const identity = credentials && Object.entries(credentials).toSorted()
    return createHmac('sha256', secret)
      .update(JSON.stringify([origin, repository, identity]))
      .digest('base64')
  }

  return {
    get(owner) {
      const entry = entries.get(keyOf(owner))
      return entry && entry.expiresAt > clock.now() ? entry.token : null
    },
    set(owner, token, lifeMs) {
      const now = clock.now()
      for (const [key, entry] of entries) if (entry.expiresAt <= now) entries.delete(key)
      const expiresAt = now + Math.min(lifeMs, longestLifeMs) - marginMs
      if (expiresAt > now) entries.set(keyOf(owner), { token, expiresAt })
    },
  }
}

// A request under way must not see its token expire.
const marginMs = 5_000
const longestLifeMs = 3_600_000
