import { verify } from '@octokit/webhooks-methods'
import { type Proof, proven, refused } from './proof.ts'
import type { SignedPart } from './signed-part.ts'

/** What stands before the digits in the form that GitHub made common. */
export const githubPrefix = 'sha256='

interface GithubOptions {
  readonly header: string
  readonly secrets: readonly string[]
  readonly signedPart: SignedPart
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Of the right form and of no secret, so that a call without a signature costs what a wrong one costs. */
const noSignature = `${githubPrefix}${'0'.repeat(64)}`

/** HMAC-SHA256 in the form of GitHub, checked by the library that GitHub's own receivers use. */
export function githubSignature({ header, secrets, signedPart }: GithubOptions): Proof {
  const name = header.toLowerCase()
  const missing = refused('proof-missing', `the call has no signature in the header "${name}"`)
  const wrong = refused(
    'proof-wrong',
    `the signature in the header "${name}" is not of a secret of this hook`,
  )

  return async (evidence) => {
    const value = evidence.headers[name] ?? ''
    const text = decode(signedPart(evidence))
    // The library takes text. Bytes that are none have no second form: they are refused, never replaced. It throws on
    // an empty one, which no sender signs.
    if (!text) return value === '' ? missing : wrong
    const all = await Promise.all(secrets.map((secret) => verify(secret, text, value || noSignature)))
    if (all.includes(true)) return proven
    return value === '' ? missing : wrong
  }
}

function decode(bytes: Uint8Array | null): string | null {
  try {
    return bytes && decoder.decode(bytes)
  } catch {
    return null
  }
}
