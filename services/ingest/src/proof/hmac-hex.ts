import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Proof, proven, refused } from './proof.ts'
import type { SignedPart } from './signed-part.ts'

export interface HmacOptions {
  /** Fixed by the configuration; nothing in a call can choose another one. */
  readonly algorithm: 'sha256' | 'sha1'
  readonly header: string
  /** Demanded before the digits. */
  readonly prefix: string
  readonly secrets: readonly string[]
  readonly signedPart: SignedPart
}

/** A header holds the HMAC, in hexadecimal digits, of the bytes as they came. */
export function hmacHex({ algorithm, header, prefix, secrets, signedPart }: HmacOptions): Proof {
  const name = header.toLowerCase()
  const digits = new RegExp(`^[0-9a-f]{${algorithm === 'sha256' ? 64 : 40}}$`, 'i')
  const missing = refused('proof-missing', `the call has no signature in the header "${name}"`)
  const wrong = refused(
    'proof-wrong',
    `the signature in the header "${name}" is not of a secret of this hook`,
  )

  // A signature that cannot be right still costs what a wrong one costs.
  return (evidence) => {
    const value = evidence.headers[name] ?? ''
    const hex = value.startsWith(prefix) ? value.slice(prefix.length) : ''
    const given = Buffer.from(digits.test(hex) ? hex : '', 'hex')
    const signed = signedPart(evidence)
    let equal = false
    for (const secret of secrets) {
      const own = createHmac(algorithm, secret)
        .update(signed ?? evidence.body)
        .digest()
      equal = (own.length === given.length && timingSafeEqual(own, given)) || equal
    }
    if (equal && signed) return proven
    return value === '' ? missing : wrong
  }
}
