import type { Release } from '@slipway/core'
import type { DeployRun } from '../run.ts'

/** Puts the paths that outlive releases in their places. Doing it twice does no harm. */
export async function linkShared({ site }: DeployRun, release: Release, signal: AbortSignal): Promise<void> {
  await site.releases.linkShared(release, site.config.release, signal)
}
