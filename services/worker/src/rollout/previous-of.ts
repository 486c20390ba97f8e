import type { Release } from '@slipway/core'
import type { DeployRun } from './run.ts'

/** What a copy takes over from: what is live, or else the newest release that has a manifest; null where it takes over nothing. */
export async function previousOf({ site }: Pick<DeployRun, 'site'>): Promise<Release | null> {
  const { config, releases } = site
  if (config.release.copy !== 'changed') return null
  const { live } = await releases.state()
  const newestFirst = (await releases.releases()).toSorted((a, b) => b.seq - a.seq)
  for (const release of live ? [live, ...newestFirst] : newestFirst) {
    if (await releases.hasManifest(release)) return release
  }
  return null
}
