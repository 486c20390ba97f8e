import { type HealthCheck, SlipwayError } from '@slipway/core'
import type { Look } from '../ports/site-probe.ts'
import { checkExpects, checkName } from './check-words.ts'
import type { Run } from './run.ts'

/** What is still starting is looked at so often at most: nothing counts these looks. */
const shortestWait = 1_000

/** What it took until a check passed. */
export interface Passed {
  readonly failures: number
}

export interface TryOptions {
  readonly signal: AbortSignal
  /** So many good looks in a row are enough as long as none failed; after one, `successes` of the check are. */
  readonly enough: number
  /** What was seen before counts for nothing; milliseconds since 1970. */
  readonly since: number
  /** Told what each look saw. */
  readonly tell: (said: string) => void
}

/**
 * Looks until a check passes. It fails when more than its `retries` looks did; what is still starting is waited for, as
 * long as the step may take.
 * @throws SlipwayError CHECK_FAILED
 */
export async function tryCheck(
  { probe, timer }: Run,
  check: HealthCheck,
  { signal, enough, since, tell }: TryOptions,
): Promise<Passed> {
  let failures = 0
  let inRow = 0
  for (;;) {
    const look = await probe.look(check, signal, since)
    tell(look.said)
    if (look.result === 'unwell') {
      inRow = 0
      failures += 1
      if (failures > check.retries) throw failed(check, failures, look)
    } else if (look.result === 'well') {
      inRow += 1
      if (inRow >= (failures === 0 ? enough : check.successes)) return { failures }
    }
    const pause = look.result === 'pending' ? Math.max(check.interval, shortestWait) : check.interval
    await timer.sleep(pause, signal)
  }
}

function failed(check: HealthCheck, failures: number, { said }: Look): SlipwayError {
  const times = failures === 1 ? 'it failed' : `it failed ${failures} times, the last time`
  return new SlipwayError(
    'CHECK_FAILED',
    `${checkName(check)} ${checkExpects(check)}, but ${times}: it ${said}.`,
    { details: { failures } },
  )
}

/**
 * Tells what a check sees without filling the log: what is seen again and again is told the 1st, 2nd, 4th, 8th … time.
 */
export function createTeller(line: (text: string) => void, check: HealthCheck): (said: string) => void {
  let last = ''
  let times = 0
  return (said) => {
    times = said === last ? times + 1 : 1
    last = said
    if (!isPowerOfTwo(times)) return
    line(`[check] ${checkName(check)} ${said}${times === 1 ? '' : ` (${times} times)`}`)
  }
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count))
}
