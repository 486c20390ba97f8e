import { offeredAuth } from '@slipway/core'

// Docker Hub signs nothing and sends no header of one's own: the URL of the webhook is all that an owner can set.
export const auth = offeredAuth.dockerhub
