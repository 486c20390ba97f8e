import { offeredAuth } from '@slipway/core'

// EventBridge signs nothing; it sends what its connection holds. Of API key, Basic and OAuth the API key is a header with
// a fixed value, by custom this one. With Basic: `header: authorization` and `prefix: "Basic "`.
export const auth = offeredAuth.ecr
