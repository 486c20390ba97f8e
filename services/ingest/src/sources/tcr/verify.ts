import { offeredAuth } from '@slipway/core'

// TCR signs nothing. A trigger sends the headers that its owner writes, so that one of them can hold the secret; the hook
// names which.
export const auth = offeredAuth.tcr
