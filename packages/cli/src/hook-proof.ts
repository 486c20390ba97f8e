import type { Hook, SourceId } from '@slipway/core'

type HookAuth = NonNullable<Hook['auth']>

// What each source offers when its hook does not say; the type makes sure that none is forgotten here.
const offered: Readonly<Record<SourceId, HookAuth>> = {
  acr: { type: 'url-secret' },
  distribution: { type: 'static-header', header: 'Authorization' },
}

/** How the senders of a hook prove themselves. */
export function proofOf({ auth, source }: Pick<Hook, 'auth' | 'source'>): HookAuth {
  return auth ?? offered[source]
}
