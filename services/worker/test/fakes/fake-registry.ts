import { SlipwayError } from '@slipway/core'
import type { RegistryClient, RegistryCredentials } from '@slipway/registry'

export interface FakeRegistry extends RegistryClient {
  /** What each tag or digest stands for. */
  readonly tags: Map<string, string>
  readonly asked: { readonly reference: string; readonly credentials: RegistryCredentials | null }[]
}

export function createFakeRegistry(tags: Readonly<Record<string, string>>): FakeRegistry {
  const known = new Map(Object.entries(tags))
  const asked: FakeRegistry['asked'] = []
  return {
    tags: known,
    asked,
    async resolve({ reference, credentials, signal }) {
      signal?.throwIfAborted()
      asked.push({ reference, credentials })
      const digest = known.get(reference)
      if (!digest) throw new SlipwayError('IMAGE_NOT_FOUND', `There is no ${reference}.`)
      return { digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 1 }
    },
    manifest: () => Promise.reject(new SlipwayError('INTERNAL', 'No walk reads a manifest.')),
  }
}
