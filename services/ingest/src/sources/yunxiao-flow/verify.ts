import { offeredAuth } from '@slipway/core'

// Flow signs nothing and sends no header of one's own: the URL of the webhook step is all that an owner can set.
export const auth = offeredAuth['yunxiao-flow']
