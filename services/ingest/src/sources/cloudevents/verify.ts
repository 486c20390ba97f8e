import { offeredAuth } from '@slipway/core'

// The specification for webhooks has senders present a bearer token in `Authorization`; events themselves carry no proof.
// A token in the query ("as a last resort") is `auth: {type: url-secret}` with our own name for it, `token`.
export const auth = offeredAuth.cloudevents
