import { type CronRule, lastTime, nextTime } from './cron.ts'

/** A time in which deploys may go out: it opens when the rule fires and stays open for a while. */
export interface MaintenanceWindow extends CronRule {
  /** Milliseconds. */
  readonly duration: number
}

/** When deploys may go out; milliseconds since 1970. */
export type WindowState = { readonly open: true } | { readonly open: false; readonly opensAt: number }

/** Whether deploys may go out now. Without windows they always may. */
export function windowState(windows: readonly MaintenanceWindow[], now: number): WindowState {
  const isOpen = windows.length === 0 || windows.some((one) => lastTime(one, now) + one.duration > now)
  if (isOpen) return { open: true }
  return { open: false, opensAt: Math.min(...windows.map((one) => nextTime(one, now))) }
}
