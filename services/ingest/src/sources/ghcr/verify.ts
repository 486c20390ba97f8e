import { offeredAuth } from '@slipway/core'

export const auth = offeredAuth.ghcr
