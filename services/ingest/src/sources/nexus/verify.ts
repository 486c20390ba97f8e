import { offeredAuth } from '@slipway/core'

// HMAC-SHA1 of the body in bare hex, and only where the webhook has a secret key. SHA-1 is Nexus' choice; what is known
// to break it are collisions, which do not help to forge an HMAC.
export const auth = offeredAuth.nexus
