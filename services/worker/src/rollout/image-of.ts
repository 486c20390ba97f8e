import { asSlipwayError } from '@slipway/core'
import type { PlatformManifest } from '@slipway/registry'
import type { DeployRun, Site } from './run.ts'
import { withCredentials } from './with-credentials.ts'

/** Milliseconds. What it is for can be done without it. */
const deadline = 10_000

/** Images of a project that are remembered: what is live, what was before, and what comes next. */
const mostRemembered = 3
/** By site, which lasts as long as its configuration, and by digest, which stands for the same as long as anything. */
const remembered = new WeakMap<Site, Map<string, PlatformManifest>>()

/**
 * What the registry says of the layers of an image; when it does not, why. One deploy asks for the same several times,
 * and the next one for what this one deployed: the registry is asked once. Fails only when the run has to end.
 */
export async function imageOf(
  { site, registry }: Pick<DeployRun, 'site' | 'registry'>,
  digest: string,
  signal: AbortSignal,
): Promise<PlatformManifest | { readonly why: string }> {
  signal.throwIfAborted()
  const known = remembered.get(site)?.get(digest)
  if (known) return known
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  try {
    const told = await withCredentials(site.credentials, limited, (credentials) =>
      registry.platformManifest({
        ...{ image: site.config.image, reference: digest, credentials, signal: limited },
      }),
    )
    remember(site, digest, told)
    return told
  } catch (error) {
    signal.throwIfAborted()
    return { why: asSlipwayError(error).message }
  }
}

function remember(site: Site, digest: string, told: PlatformManifest): void {
  const own = remembered.get(site) ?? new Map<string, PlatformManifest>()
  remembered.set(site, own.set(digest, told))
  if (own.size <= mostRemembered) return
  const [oldest = ''] = own.keys()
  own.delete(oldest)
}
