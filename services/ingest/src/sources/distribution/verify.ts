import { offeredAuth } from '@slipway/core'

// `notifications.endpoints[].headers` of the registry: any header with a fixed value, by custom this one. The secret is
// the whole value unless the hook names a prefix.
export const auth = offeredAuth.distribution
