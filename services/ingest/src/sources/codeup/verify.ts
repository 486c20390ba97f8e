import { offeredAuth } from '@slipway/core'

// Codeup sends the "Secret Token" of the webhook as it is; it signs nothing.
export const auth = offeredAuth.codeup
