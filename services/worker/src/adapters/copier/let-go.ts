import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of a stream after which what it left behind is collected. */
const often = 2_097_152

// Node has no other way to ask for it, and gives it to no program that does not say so.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void

/**
 * To be told of each piece of a stream that was dealt with. Each came in memory of its own outside of the heap, of which
 * the collector sees next to nothing: left to itself it lets a hundred megabytes lie there. A collection of the young
 * takes less than a millisecond.
 */
export function createLetGo(): (bytes: number) => void {
  let since = 0
  return (bytes) => {
    since += bytes
    if (since < often) return
    since = 0
    collect({ type: 'minor' })
  }
}

/** To be called when a job is over and what it held is of no use any more: takes some hundredths of a second. */
export function letGoOfAll(): void {
  collect({ type: 'major' })
}
