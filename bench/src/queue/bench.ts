import { say } from '../figures.ts'
import { withMachine } from '../with-machine.ts'
import { measureCost } from './cost.ts'
import { measurePickUp } from './pick-up.ts'

/** What many projects cost while nothing happens, and how soon a nudge is taken, against a bare queue. */
export function benchQueue(): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const missed = [...(await measureCost(folder, onClose)), ...(await measurePickUp(folder, onClose))]
    for (const why of missed) say(`MISSED: ${why}`)
    if (missed.length > 0) process.exitCode = 1
  })
}
