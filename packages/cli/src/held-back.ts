import { describeFreeze, formatMinute } from '@slipway/core'
import type { HeldFreeze } from '@slipway/store'

/** One freeze as a sentence; `hosts` are those that are spoken of, and only others than all of them are named. */
export function describeHeld(freeze: HeldFreeze, hosts: readonly string[]): string {
  const isOnAll = hosts.every((host) => freeze.hosts.includes(host))
  const where = isOnAll ? '' : ` on ${freeze.hosts.join(', ')}`
  return `${freeze.project ?? 'everything'}${where} is ${describeFreeze(freeze)}`
}

/** That a maintenance window is closed, and until when. */
export function describeWindow(project: string, opensAt: number): string {
  return `the maintenance window of ${project} is closed; it opens at ${formatMinute(opensAt)}`
}
