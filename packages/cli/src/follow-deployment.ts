import { setTimeout as sleep } from 'node:timers/promises'
import { isOutcome, type Outcome, SlipwayError } from '@slipway/core'
import type { DeploymentReader } from '@slipway/store'
import { newLines } from './new-lines.ts'

export interface FollowOptions {
  readonly reader: Pick<DeploymentReader, 'deployment' | 'log'>
  readonly line: (text: string) => void
  /** Called once when nobody has begun it after a while. */
  readonly stillQueued: () => void
}

const pause = 300
const patience = 10_000

/**
 * Tells the log of a deployment line by line until it has ended.
 * @throws SlipwayError REDIS_UNAVAILABLE when Redis goes away meanwhile; the deployment goes on without us
 */
export async function followDeployment(id: string, options: FollowOptions): Promise<Outcome> {
  let told: readonly string[] = []
  let waited = 0
  for (;;) {
    // The state first: lines that come between the two reads are told in any case.
    const { state, lines } = await look(id, options.reader)
    for (const line of newLines(told, lines)) options.line(line)
    told = lines
    if (isOutcome(state)) return state
    await sleep(pause)
    const before = waited
    waited += pause
    if (state === 'queued' && before < patience && waited >= patience) options.stillQueued()
  }
}

/** True for the outcomes after which what was wanted is what visitors see. */
export function wentLive(outcome: Outcome): boolean {
  return outcome === 'live' || outcome === 'live-with-warnings' || outcome === 'already-live'
}

async function look(
  id: string,
  reader: FollowOptions['reader'],
): Promise<{ state: string; lines: readonly string[] }> {
  try {
    const deployment = await reader.deployment(id)
    return { state: deployment?.state ?? 'queued', lines: await reader.log(id) }
  } catch (cause) {
    throw new SlipwayError(
      'REDIS_UNAVAILABLE',
      `Redis went away while ${id} was followed; it goes on by itself.`,
      {
        cause,
      },
    )
  }
}
