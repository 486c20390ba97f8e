import { offeredAuth } from '@slipway/core'

// SWR signs nothing. A trigger sends the headers that its owner writes as `key1:value1;key2:value2`, so that one of them
// can hold the secret; the hook names which.
export const auth = offeredAuth.swr
