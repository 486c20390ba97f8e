import { createCompare } from './compare.ts'
import type { Proof } from './proof.ts'

/** The secret stands in the URL, for senders that can set nothing else. */
export function urlSecret(secrets: readonly string[]): Proof {
  const isSecret = createCompare(secrets)
  return ({ token }) => {
    if (isSecret(token ?? undefined)) return { ok: true }
    const why =
      token === null ? 'the URL carries no token' : 'the token in the URL is not the secret of this hook'
    return { ok: false, why }
  }
}
