import { isRefusal } from '@slipway/store'
import type { Worker } from 'bullmq'

/** Milliseconds. */
const rest = 1_000

/**
 * Lets a worker take no job for a moment when Redis refuses: by itself BullMQ asks again at once, many hundred times a
 * second, and each time is a line in the log. Jobs that are under way go on.
 */
export function restWhenRefused(worker: Worker): void {
  let timer: NodeJS.Timeout | undefined
  worker.on('error', (error) => {
    if (timer || worker.closing || !isRefusal(error)) return
    timer = setTimeout(() => {
      timer = undefined
      if (!worker.closing) void worker.resume()
    }, rest)
    void worker.pause(true)
  })
  worker.on('closing', () => clearTimeout(timer))
}
