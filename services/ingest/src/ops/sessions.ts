import { randomBytes } from 'node:crypto'
import type { Clock } from '@slipway/core'
import type { Identity } from './access.ts'

/** Seconds that a login lasts. */
export const sessionSeconds = 12 * 3_600
const mostSessions = 1_000

/** Logins, kept in memory only: a restart of the service ends them all. */
export interface Sessions {
  /** Id of a new session, 256 random bits. */
  open(identity: Identity): string
  find(id: string | undefined): Identity | null
  end(id: string | undefined): void
}

export function createSessions(clock: Clock): Sessions {
  const sessions = new Map<string, { readonly identity: Identity; readonly until: number }>()

  function makeRoom(): void {
    for (const [id, { until }] of sessions) {
      if (until <= clock.now() || sessions.size >= mostSessions) sessions.delete(id)
    }
  }

  return {
    open(identity) {
      makeRoom()
      const id = randomBytes(32).toString('base64url')
      sessions.set(id, { identity, until: clock.now() + sessionSeconds * 1_000 })
      return id
    },
    find(id = '') {
      const session = sessions.get(id)
      return session && session.until > clock.now() ? session.identity : null
    },
    end: (id = '') => void sessions.delete(id),
  }
}
