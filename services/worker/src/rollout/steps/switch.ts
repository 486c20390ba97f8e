import type { Release, Rollback, SwitchIntent } from '@slipway/core'
import type { DeployRun } from '../run.ts'

/**
 * Makes a release the current one by one rename. The note is on the disk before, so that whoever comes after a crash
 * knows that what follows is still to be done.
 */
export async function switchRelease(
  { want, site, timer, fence, report }: DeployRun,
  release: Release,
  back: Release | null,
  signal: AbortSignal,
  rollback?: Rollback,
): Promise<SwitchIntent> {
  const { releases } = site
  const before = await releases.current()
  await fence(signal)
  const intent: SwitchIntent = {
    deployment: want.deployment,
    to: release,
    back,
    before,
    failure: null,
    at: timer.now(),
    ...(rollback ? { rollback } : {}),
  }
  await releases.saveIntent(intent)
  await releases.switchTo(release)
  report.event({ kind: rollback ? 'went-back' : 'switched', to: release.name, seq: release.seq })
  return intent
}
