import { type BenchOptions, createBars } from '../bars.ts'
import { withMachine } from '../with-machine.ts'
import { comeAndGo } from './come-and-go.ts'
import { goLive } from './go-live.ts'
import { openLive } from './open-live.ts'

/** From a push to its first answer, back again, and what visitors notice of it. */
export function benchLive(options: BenchOptions): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const bars = createBars(options)
    const live = await openLive(folder, onClose, options)
    await goLive(live, bars, options)
    await comeAndGo(live, bars, options)
    bars.report()
  })
}
