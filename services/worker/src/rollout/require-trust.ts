import { nameProject } from './name-project.ts'
import type { Run } from './run.ts'
import { withCredentials } from './with-credentials.ts'

/**
 * Refuses an image that nobody whom the project trusts has signed. A project without `trust` takes what its registry
 * has.
 * @throws SlipwayError IMAGE_UNTRUSTED, CREDENTIALS_UNAVAILABLE, REGISTRY_*
 */
export async function requireTrust(run: Run, digest: string, signal: AbortSignal): Promise<void> {
  const { site, trust, report } = run
  if (!site.config.trust) return
  const { image } = site.config
  const keys = site.trustedKeys
  try {
    await withCredentials(site.credentials, signal, (credentials) =>
      trust.require({ image, digest, keys, credentials, signal }),
    )
  } catch (error) {
    throw nameProject(error, site.name)
  }
  report.line(`[resolve] ${digest} is signed by a trusted key`)
}
