import type { AuthType, Hook, SourceId } from './hook.ts'

/** How the senders of a hook prove themselves. */
export type HookAuth = NonNullable<Hook['auth']>

/** What the senders of each source can prove themselves with, where the hook does not say. */
export const offeredAuth: Readonly<Record<SourceId, HookAuth>> = {
  acr: { type: 'url-secret' },
  distribution: { type: 'static-header', header: 'authorization' },
}

/** The kinds of proof that ingest can check. */
export const provableAuthTypes: readonly AuthType[] = ['url-secret', 'static-header']

export function authOf({ auth, source }: Pick<Hook, 'auth' | 'source'>): HookAuth {
  return auth ?? offeredAuth[source]
}
