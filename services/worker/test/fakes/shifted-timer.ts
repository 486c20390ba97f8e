import { systemTimer } from '../../src/adapters/system-timer.ts'
import type { Timer } from '../../src/ports/timer.ts'

export interface ShiftedTimer extends Timer {
  /** Makes it this moment. */
  moveTo(moment: string): void
}

/** Time that passes as it does, but begins at this moment. */
export function createShiftedTimer(begin: string): ShiftedTimer {
  let shift = Date.parse(begin) - Date.now()
  return {
    now: () => Date.now() + shift,
    sleep: systemTimer.sleep,
    moveTo(moment) {
      shift = Date.parse(moment) - Date.now()
    },
  }
}
