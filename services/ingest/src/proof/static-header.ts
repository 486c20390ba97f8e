import { createCompare } from './compare.ts'
import type { Proof } from './proof.ts'

/** The secret is the value of a header, behind a prefix if there is one. */
export function staticHeader(header: string, prefix: string, secrets: readonly string[]): Proof {
  const name = header.toLowerCase()
  const isSecret = createCompare(secrets.map((secret) => `${prefix}${secret}`))
  return ({ headers }) => {
    const value = headers[name]
    if (isSecret(value)) return { ok: true }
    const why =
      value === undefined
        ? `the call has no header "${name}"`
        : `the header "${name}" does not hold the secret of this hook`
    return { ok: false, why }
  }
}
