import type { Hook, SourceId } from './hook.ts'

/** How the senders of a hook prove themselves. */
export type HookAuth = NonNullable<Hook['auth']>

const inUrl: HookAuth = { type: 'url-secret' }
const inAuthorization: HookAuth = { type: 'static-header', header: 'authorization' }

/** What the senders of each source can prove themselves with, where the hook does not say. */
export const offeredAuth: Readonly<Record<SourceId, HookAuth>> = {
  acr: inUrl,
  'acr-eventbridge': inUrl,
  'azure-acr': inAuthorization,
  cloudevents: { ...inAuthorization, prefix: 'Bearer ' },
  codeup: { type: 'static-header', header: 'x-codeup-token' },
  distribution: inAuthorization,
  dockerhub: inUrl,
  ecr: { type: 'static-header', header: 'x-api-key' },
  gar: { type: 'google-oidc', header: 'authorization' },
  ghcr: { type: 'hmac-sha256-hex', header: 'x-hub-signature-256', prefix: 'sha256=' },
  gitea: { type: 'hmac-sha256-hex', header: 'x-gitea-signature' },
  gitlab: { type: 'static-header', header: 'x-gitlab-token' },
  harbor: inAuthorization,
  jfrog: { type: 'hmac-sha256-hex', header: 'x-jfrog-event-auth' },
  nexus: { type: 'hmac-sha1-hex', header: 'x-nexus-webhook-signature' },
  quay: inUrl,
  'standard-webhooks': { type: 'standard-webhooks', header: 'webhook-signature' },
  swr: inAuthorization,
  tcr: inAuthorization,
  'yunxiao-flow': inUrl,
}

export function authOf({ auth, source }: Pick<Hook, 'auth' | 'source'>): HookAuth {
  return auth ?? offeredAuth[source]
}
