import { offeredAuth } from '@slipway/core'

// GitHub signs the body as it is sent with the secret of the webhook; the older `X-Hub-Signature` (SHA-1) is not read.
export const auth = offeredAuth.ghcr
