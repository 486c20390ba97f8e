import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { KeysUnavailable } from './key-set.ts'
import { type Proof, type ProofVerdict, proven, refused } from './proof.ts'

export interface GoogleOidcOptions {
  readonly header: string
  readonly audience: string
  /** E-mail address of the account that the calls come from. */
  readonly serviceAccount: string
  readonly keys: JWTVerifyGetKey
}

/** Both are in use, for one and the same issuer. */
const issuer = ['https://accounts.google.com', 'accounts.google.com']
/** Seconds that Google's clock and this one may be apart. */
const clockTolerance = 10

const unavailable = refused('proof-unavailable', 'the keys that the token is checked with cannot be read')
const stale = refused('proof-stale', 'the token has run out, or is made in the future')
const wrong = refused('proof-wrong', 'the token is not signed by Google for this hook')
const foreign = refused(
  'proof-wrong',
  'the token is made for another audience, or is not of the service account of this hook',
)

/** A token that Google signed for one service account, as Pub/Sub puts it into the calls of a push subscription. */
export function googleOidc({ header, audience, serviceAccount, keys }: GoogleOidcOptions): Proof {
  const name = header.toLowerCase()
  const missing = refused('proof-missing', `the call has no bearer token in the header "${name}"`)
  const isFor = ({ aud, email, email_verified: isVerified }: JWTPayload) =>
    (Array.isArray(aud) ? aud.includes(audience) : aud === audience) &&
    email === serviceAccount &&
    isVerified === true

  return async ({ headers, now }) => {
    const token = /^Bearer +([A-Za-z0-9._-]+)$/i.exec(headers[name] ?? '')?.[1]
    if (!token) return missing
    try {
      // Before the keys are asked for: who cannot even write these claims causes no reading, and gets the answer of a
      // stranger while the keys are not to be had.
      if (!isFor(decodeJwt(token))) return foreign
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        audience,
        issuer,
        clockTolerance,
        currentDate: new Date(now),
        requiredClaims: ['exp', 'iat'],
      })
      // The library asks only how old a token is, not whether it is made in the future.
      return (payload.iat ?? 0) <= now / 1_000 + clockTolerance ? proven : stale
    } catch (error) {
      return verdictOn(error)
    }
  }
}

function verdictOn(error: unknown): ProofVerdict {
  if (error instanceof KeysUnavailable) return unavailable
  return error instanceof errors.JWTExpired ? stale : wrong
}
