import { createCompare } from './compare.ts'
import { type Proof, proven, refused } from './proof.ts'

const missing = refused('proof-missing', 'the URL carries no token')
const wrong = refused('proof-wrong', 'the token in the URL is not the secret of this hook')

/** The secret stands in the URL, for senders that can set nothing else. */
export function urlSecret(secrets: readonly string[]): Proof {
  const isSecret = createCompare(secrets)
  return ({ token }) => {
    if (isSecret(token ?? undefined)) return proven
    return token ? wrong : missing
  }
}
