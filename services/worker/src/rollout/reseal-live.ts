import { asSlipwayError } from '@slipway/core'
import type { RunReporter } from '../ports/run-reporter.ts'
import type { Site } from './run.ts'

export interface ResealTools {
  readonly site: Pick<Site, 'releases'>
  readonly report: Pick<RunReporter, 'line'>
  readonly signal: AbortSignal
}

/** Milliseconds; at worst every file of the release is read. */
const deadline = 600_000

/**
 * Brings the manifest of what is live up to date with the disk, so that the next copy can take files over without
 * reading them. Deleting a release touches every file that both have. What goes wrong is told; the next copy is slower
 * for it, and as exact.
 */
export async function resealLive({ site, report, signal }: ResealTools): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  try {
    const { live } = await site.releases.state()
    if (!live || !(await site.releases.hasManifest(live))) return
    const files = await site.releases.reseal(live, limited)
    if (files > 0) report.line(`[reseal] ${files} files of ${live.name} were looked at and are as they were`)
  } catch (error) {
    report.line(`[reseal] the manifest of what is live stays as it is: ${asSlipwayError(error).message}`)
  }
}
