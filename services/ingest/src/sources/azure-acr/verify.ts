import { offeredAuth } from '@slipway/core'

export const auth = offeredAuth['azure-acr']
