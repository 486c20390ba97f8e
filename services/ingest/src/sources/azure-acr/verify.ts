import { offeredAuth } from '@slipway/core'

// Azure signs nothing, but an owner can give the webhook headers of one's own ("Custom headers"), and an Event Grid
// subscription delivery properties: by custom `Authorization`, whose whole value is the secret unless the hook names a
// prefix.
export const auth = offeredAuth['azure-acr']
