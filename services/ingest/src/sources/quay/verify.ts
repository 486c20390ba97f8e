import { offeredAuth } from '@slipway/core'

// Quay signs nothing and sends no header of one's own. A Quay that was given a certificate presents it to the server,
// which is for the proxy in front to check; slipway goes by the secret in the URL.
export const auth = offeredAuth.quay
