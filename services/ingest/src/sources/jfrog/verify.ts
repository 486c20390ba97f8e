import { offeredAuth } from '@slipway/core'

// X-JFrog-Event-Auth holds the HMAC-SHA256 of the body in hex when the secret is used for payload signing, and else the
// secret itself. Nothing in a call says which, so the hook does; by default it is the signature.
export const auth = offeredAuth.jfrog
