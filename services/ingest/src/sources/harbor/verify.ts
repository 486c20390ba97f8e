import { offeredAuth } from '@slipway/core'

// Harbor signs nothing. It sends the "Auth Header" of the policy as it stands, without adding a scheme, so the secret is
// the whole value of Authorization.
export const auth = offeredAuth.harbor
