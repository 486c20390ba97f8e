import { SlipwayError } from '@slipway/core'
import type { ImageTrust, TrustRequest } from '../../src/ports/image-trust.ts'

export interface FakeTrust extends ImageTrust {
  /** Keys by the digests that they have signed. */
  readonly signatures: Map<string, readonly string[]>
  readonly asked: Pick<TrustRequest, 'digest' | 'keys' | 'credentials'>[]
}

/** Trust whose signatures are put down in a list. */
export function createFakeTrust(signatures: Readonly<Record<string, readonly string[]>> = {}): FakeTrust {
  const known = new Map(Object.entries(signatures))
  const asked: FakeTrust['asked'] = []
  return {
    signatures: known,
    asked,
    async require({ digest, keys, credentials, signal }) {
      signal.throwIfAborted()
      asked.push({ digest, keys, credentials })
      if (known.get(digest)?.some((key) => keys.includes(key))) return
      throw new SlipwayError('IMAGE_UNTRUSTED', `${digest} bears no signature of a trusted key.`)
    },
  }
}
