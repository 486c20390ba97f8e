import { randomUUID } from 'node:crypto'
import { processFigures } from '@slipway/lab'
import { median } from '../figures.ts'
import type { Sites } from '../sites.ts'
import { createPushCalls } from './calls.ts'
import { type Load, send, type WebhookCall } from './load.ts'

const megabyte = 1_048_576
const connections = 50
/** Samples of a run. */
const samples = 20

/** Megabytes: the most in the first half of a run and in the second. A heap grows until it is first cleared as a whole. */
interface Highest {
  readonly before: number
  readonly after: number
}

export interface MemoryRun {
  readonly rss: Highest
  readonly heap: Highest
  readonly rate: number
}

/**
 * Sends so many calls to ingest and looks at its memory on the way: pushes, repetitions of them, and calls that are
 * refused for a hook that is none, for a wrong secret and for a body that cannot be read.
 */
export async function runMemory(sites: Sites, pid: number, amount: number): Promise<MemoryRun> {
  const mix = createMix(sites)
  const rss: number[] = []
  const heap: number[] = []
  const rates: number[] = []
  for (let sample = 0; sample < samples; sample += 1) {
    const own = mix(Math.floor(amount / samples))
    rates.push((await send(own)).rate)
    rss.push((await processFigures(pid)).rss / megabyte)
    heap.push((await heapOf(sites)) / megabyte)
  }
  return { rss: highest(rss), heap: highest(heap), rate: median(rates) }
}

function highest(values: readonly number[]): Highest {
  const half = values.length / 2
  return { before: Math.max(...values.slice(0, half)), after: Math.max(...values.slice(half)) }
}

function createMix(sites: Sites): (amount: number) => Load[] {
  const push = createPushCalls(sites)
  const { headers, hookUrl } = sites
  const wrong = { ...headers, authorization: `Bearer ${'0'.repeat(48)}` }
  const known = randomUUID()
  let isKnown = false
  let site = 0
  function valid(number: number): WebhookCall {
    site += 1
    if (number % 4 !== 3) return push(site)
    // The same event each time: only the first of them is new.
    const status = isKnown ? 200 : 202
    isKnown = true
    return push(0, status, known)
  }
  return (amount) => {
    const part = Math.floor(amount / 4)
    const load = (url: string, call: Load['call']): Load => ({ url, connections, amount: part, call })
    const unknown = (number: number) => `${hookUrl}-${number}`
    return [
      // One after the other at first, so that the first of the repeated ones has been answered.
      { ...load(hookUrl, () => valid(3)), connections: 1, amount: 1 },
      load(hookUrl, valid),
      load(hookUrl, (number) => ({ ...push(number, 404), headers: wrong })),
      load(unknown(site), (number) => push(number, 404)),
      load(hookUrl, (number) => ({ ...push(number, 400), body: `{"events":[${number}` })),
    ]
  }
}

async function heapOf({ opsUrl, opsToken }: Sites): Promise<number> {
  const headers = { authorization: `Bearer ${opsToken}` }
  const text = await (await fetch(`${opsUrl}/metrics`, { headers })).text()
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1])
}
