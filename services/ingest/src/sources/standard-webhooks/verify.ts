import { offeredAuth } from '@slipway/core'

// The signature covers id, time and the raw body; the time keeps old calls out, the id makes repetitions known.
export const auth = offeredAuth['standard-webhooks']
