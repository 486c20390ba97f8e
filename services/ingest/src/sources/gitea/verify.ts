import { offeredAuth } from '@slipway/core'

// HMAC-SHA256 of the JSON, in bare hex. In a form the JSON is in `payload`, and only that is signed. Without a secret
// the header is there and empty. Forgejo sends the same value in X-Forgejo-Signature as well.
export const auth = offeredAuth.gitea
