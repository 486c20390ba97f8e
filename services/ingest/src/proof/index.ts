import type { AuthType, HookAuth } from '@slipway/core'
import type { Proof } from './proof.ts'
import { staticHeader } from './static-header.ts'
import { urlSecret } from './url-secret.ts'

type MakeProof = (auth: HookAuth, secrets: readonly string[]) => Proof

const makers: Readonly<Partial<Record<AuthType, MakeProof>>> = {
  'static-header': (auth, secrets) =>
    staticHeader(auth.header ?? 'authorization', auth.prefix ?? '', secrets),
  'url-secret': (_auth, secrets) => urlSecret(secrets),
}

/** The check for a hook; null when its type cannot be checked, so that no hook is ever open by mistake. */
export function createProof(auth: HookAuth, secrets: readonly string[]): Proof | null {
  return makers[auth.type]?.(auth, secrets) ?? null
}
