import { asSlipwayError, planRetention, type Release } from '@slipway/core'
import type { Run } from './run.ts'

const deadline = 300_000

/**
 * Lets go of the releases that nobody goes back to, with the images they came from. The site is live by now, and
 * nothing in here changes that: what cannot be deleted is told, and tried again after the next deploy. Resolves with how
 * many went.
 */
export async function retain(run: Run): Promise<number> {
  let gone = 0
  const { releases } = run.site
  try {
    const plan = planRetention(
      await releases.releases(),
      await releases.state(),
      run.site.config.release.keep,
    )
    for (const { release, keep, why } of plan) if (!keep && (await letGo(run, release, why))) gone += 1
  } catch (error) {
    run.report.line(`[retain] ${asSlipwayError(error).message}`)
  }
  return gone
}

async function letGo({ site, engine, report, signal }: Run, release: Release, why: string): Promise<boolean> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  try {
    await site.releases.remove(release, limited)
    const as = { project: site.name, seq: release.seq }
    await engine.forgetImage(site.config.image, release.digest, as, limited)
    report.line(`[retain] ${release.name} is gone: ${why}`)
    return true
  } catch (error) {
    report.line(`[retain] ${release.name} could not be deleted: ${asSlipwayError(error).message}`)
    return false
  }
}
