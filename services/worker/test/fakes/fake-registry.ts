import { isTag, type RegistryCredentials, SlipwayError } from '@slipway/core'
import type { RegistryClient } from '@slipway/registry'

export interface FakeRegistry extends RegistryClient {
  resolve: RegistryClient['resolve']
  created: RegistryClient['created']
  /** What each tag or digest stands for. */
  readonly tags: Map<string, string>
  /** When the image of a digest was made, by its config. */
  readonly made: Map<string, number>
  readonly asked: { readonly reference: string; readonly credentials: RegistryCredentials | null }[]
}

export function createFakeRegistry(tags: Readonly<Record<string, string>>): FakeRegistry {
  const known = new Map(Object.entries(tags))
  const made = new Map<string, number>()
  const asked: FakeRegistry['asked'] = []

  async function look({ reference, credentials, signal }: Parameters<RegistryClient['resolve']>[0]) {
    signal?.throwIfAborted()
    asked.push({ reference, credentials })
    const digest = known.get(reference)
    if (!digest) throw new SlipwayError('IMAGE_NOT_FOUND', `There is no ${reference}.`)
    return digest
  }

  return {
    tags: known,
    made,
    asked,
    async resolve(request) {
      const digest = await look(request)
      return { digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 1 }
    },
    revalidate: async (request) => ({ digest: await look(request), etag: null }),
    listTags: async () => ({ tags: [...known.keys()].filter(isTag), isCut: false }),
    created: async ({ reference }) => made.get(reference) ?? null,
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
