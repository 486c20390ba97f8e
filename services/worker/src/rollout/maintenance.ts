import { asSlipwayError, isOutcome } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import type { MaintenancePage } from '../ports/maintenance-page.ts'
import type { DeployRun, Run } from './run.ts'

/** Lets the web server show its maintenance page, while the database is not what the live release expects. */
export async function showMaintenance({ maintenance, site, want, timer, report }: DeployRun): Promise<void> {
  await maintenance.show(site.config.release.root, { since: timer.now(), deployment: want.deployment })
  report.line('[migrate] the maintenance page is on')
}

/** Takes the page away. What cannot be taken away is told, and left to the check, which then sees the page. */
export async function liftMaintenance({ maintenance, site, report }: Run): Promise<void> {
  try {
    if (await maintenance.hide(site.config.release.root)) report.line('the maintenance page is off')
  } catch (error) {
    report.line(`the maintenance page could not be taken away: ${asSlipwayError(error).message}`)
  }
}

/**
 * Takes away the page of a deployment that has ended, or that nobody knows any more: its worker died. True when there
 * was one. The caller holds the mutex of the project.
 */
export async function dropLeftOver(
  { maintenance, store }: { maintenance: MaintenancePage; store: Pick<RunStore, 'deployment'> },
  root: string,
): Promise<boolean> {
  const note = await maintenance.shown(root)
  const record = note && (await store.deployment(note.deployment))
  if (!note || (record && !isOutcome(record.state))) return false
  return maintenance.hide(root)
}
