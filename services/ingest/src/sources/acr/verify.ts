import { offeredAuth } from '@slipway/core'

// ACR signs nothing and sends no header of one's own: the URL of the trigger is all that an owner can set.
export const auth = offeredAuth.acr
