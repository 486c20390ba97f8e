import { createCompare } from './compare.ts'
import { type Proof, proven, refused } from './proof.ts'

/** The secret is the value of a header, behind a prefix if there is one. */
export function staticHeader(header: string, prefix: string, secrets: readonly string[]): Proof {
  const name = header.toLowerCase()
  const isSecret = createCompare(secrets.map((secret) => `${prefix}${secret}`))
  const missing = refused('proof-missing', `the call has no header "${name}"`)
  const wrong = refused('proof-wrong', `the header "${name}" does not hold the secret of this hook`)
  return ({ headers }) => {
    const value = headers[name]
    if (isSecret(value)) return proven
    return value ? wrong : missing
  }
}
