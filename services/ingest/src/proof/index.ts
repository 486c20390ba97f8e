import { randomBytes } from 'node:crypto'
import type { AuthType, Hook, HookAuth } from '@slipway/core'
import type { FormBody } from '../sources/source.ts'
import { githubPrefix, githubSignature } from './github-signature.ts'
import { googleOidc } from './google-oidc.ts'
import { hmacHex } from './hmac-hex.ts'
import { createKeySet } from './key-set.ts'
import type { CostedProof, Proof, ProofWork } from './proof.ts'
import { signedPartOf } from './signed-part.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import { staticHeader } from './static-header.ts'
import { urlSecret } from './url-secret.ts'

/** What a check is made of. */
export interface ProofParts {
  readonly auth: HookAuth
  readonly secrets: readonly string[]
  /** How the source sends JSON in a form, which some sign without it. */
  readonly form?: FormBody | undefined
  /** The fields of the hook that only some kinds read. */
  readonly hook?: Pick<Hook, 'audience' | 'service_account' | 'jwks'>
}

type MakeProof = (parts: ProofParts) => Proof | null

// Exhaustive: a kind that the configuration may name and nobody can check does not compile.
const makers: Readonly<Record<AuthType, MakeProof>> = {
  'url-secret': ({ secrets }) => urlSecret(secrets),
  'static-header': ({ auth, secrets }) =>
    staticHeader(auth.header ?? 'authorization', auth.prefix ?? '', secrets),
  'hmac-sha256-hex': (parts) => hmac('sha256', parts),
  'hmac-sha1-hex': (parts) => hmac('sha1', parts),
  'standard-webhooks': ({ auth, secrets }) => standardWebhooks(auth.header, secrets),
  'google-oidc': oidc,
}

/** Nothing is shared with these senders. */
const keyless: ReadonlySet<AuthType> = new Set(['google-oidc'])

/** The check for a hook; null when something that it needs is not there, so that no hook is ever open by mistake. */
export function createProof(parts: ProofParts): CostedProof | null {
  if (parts.secrets.length === 0 && !keyless.has(parts.auth.type)) return null
  const prove = makers[parts.auth.type](parts)
  return prove && { prove, work: workOf(parts) }
}

function workOf(parts: ProofParts): ProofWork | null {
  const { auth, secrets, form } = parts
  if (keyless.has(auth.type)) return null
  const once = makers[auth.type]({ ...parts, secrets: [unknownSecret()] })
  const kind = JSON.stringify([auth.type, auth.prefix === githubPrefix, form ?? null])
  return once && { kind, times: secrets.length, once }
}

// Of a form that serves every kind.
function unknownSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function hmac(algorithm: 'sha256' | 'sha1', { auth, secrets, form }: ProofParts): Proof | null {
  const { header, prefix = '' } = auth
  if (!header) return null
  const signedPart = signedPartOf(form)
  if (algorithm === 'sha256' && prefix === githubPrefix)
    return githubSignature({ header, secrets, signedPart })
  return hmacHex({ algorithm, header, prefix, secrets, signedPart })
}

function oidc({ auth, hook }: ProofParts): Proof | null {
  if (!hook?.audience || !hook.service_account) return null
  return googleOidc({
    header: auth.header ?? 'authorization',
    audience: hook.audience,
    serviceAccount: hook.service_account,
    keys: createKeySet(hook.jwks),
  })
}
