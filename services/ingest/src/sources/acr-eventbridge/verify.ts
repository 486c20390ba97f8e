import { offeredAuth } from '@slipway/core'

// Nothing is documented about EventBridge signing what it sends to a URL, so the secret stands in the URL of the target.
// Where the target may set a header of one's own, `auth: {type: static-header, header: ...}` of the hook is better.
export const auth = offeredAuth['acr-eventbridge']
