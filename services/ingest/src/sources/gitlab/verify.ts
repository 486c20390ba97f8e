import { offeredAuth } from '@slipway/core'

// The secret token as it is, in a header. Newer releases can sign instead, by the Standard Webhooks scheme with a
// `whsec_` key: a hook with `auth: {type: standard-webhooks}` demands that, and the plain token is then worth nothing.
export const auth = offeredAuth.gitlab
