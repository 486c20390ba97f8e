import { offeredAuth } from '@slipway/core'

// Pub/Sub signs a token for every push, in the name of the subscription's service account, so there is no secret to keep:
// whom the token is made for (`audience`) and in whose name (`service_account`) say which subscription calls.
export const auth = offeredAuth.gar
