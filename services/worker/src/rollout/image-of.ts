import { asSlipwayError } from '@slipway/core'
import type { PlatformManifest } from '@slipway/registry'
import type { DeployRun } from './run.ts'
import { withCredentials } from './with-credentials.ts'

/** Milliseconds. What it is for can be done without it. */
const deadline = 10_000

/** What the registry says of the layers of an image; when it does not, why. Fails only when the run has to end. */
export async function imageOf(
  { site, registry }: Pick<DeployRun, 'site' | 'registry'>,
  digest: string,
  signal: AbortSignal,
): Promise<PlatformManifest | { readonly why: string }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  try {
    return await withCredentials(site.credentials, limited, (credentials) =>
      registry.platformManifest({
        ...{ image: site.config.image, reference: digest, credentials, signal: limited },
      }),
    )
  } catch (error) {
    signal.throwIfAborted()
    return { why: asSlipwayError(error).message }
  }
}
