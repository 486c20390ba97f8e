import { setTimeout as delay } from 'node:timers/promises'
import type { LabProcess } from '@slipway/lab'

/** A place for a process that is ended and started again, over and over. */
export interface Slot {
  readonly name: string
  /** The process that runs now; undefined while none does. */
  running(): LabProcess | undefined
  /** Every process that ever ran here, under the name that its events bear. */
  readonly past: readonly { readonly name: string; readonly process: LabProcess }[]
  start(): Promise<void>
  /** Sends a signal that ends it and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>
}

const tries = 20
const pauseMs = 250

/** `onGone` is called as soon as the process cannot do anything any more. */
export function createSlot(
  name: string,
  start: () => Promise<LabProcess>,
  onGone: (process: string) => void,
): Slot {
  const past: { readonly name: string; readonly process: LabProcess }[] = []
  let running: LabProcess | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** Two faults may want the same slot: one after the other, or two processes would run in it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }

  async function begin(): Promise<void> {
    const started = await startPatiently(start)
    const entry = { name: `${name}#${past.length + 1}`, process: started }
    past.push(entry)
    running = started
    void started.exited.then(() => {
      onGone(entry.name)
      if (running === started) running = undefined
    })
  }

  return {
    name,
    past,
    running: () => running,
    start: () =>
      inTurn(async () => {
        if (!running) await begin()
      }),
    end: (signal) =>
      inTurn(async () => {
        const ending = running
        if (!ending) return
        ending.kill(signal)
        // One that is stopped would never hear of an end in order.
        ending.kill('SIGCONT')
        await ending.exited
      }),
  }
}

// What it works with may be broken at the moment.
async function startPatiently(start: () => Promise<LabProcess>): Promise<LabProcess> {
  let cause: unknown
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    try {
      return await start()
    } catch (error) {
      cause = error
      await delay(pauseMs)
    }
  }
  throw new Error(`could not be started in ${tries} tries`, { cause })
}
