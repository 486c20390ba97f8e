import { type RegistryCredentials, SlipwayError } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'

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
    manifest: () => unused('manifest'),
    smallBlob: () => unused('blob'),
    referrers: () => unused('referrer'),
    probe: () => unused('list of tags'),
    platformManifest: () => unused('platform'),
    blob: () => unused('blob'),
  }
}

function unused(what: string): Promise<never> {
  return Promise.reject(new SlipwayError('INTERNAL', `No walk reads a ${what}.`))
}
