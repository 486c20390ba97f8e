import { setTimeout as sleep } from 'node:timers/promises'
import { type Deployment, isOutcome, type Outcome, SlipwayError } from '@slipway/core'
import type { DeploymentReader } from '@slipway/store'
import { newLines } from './new-lines.ts'

export interface FollowOptions {
  readonly reader: Pick<DeploymentReader, 'deployment' | 'log'>
  readonly line: (text: string) => void
  /** Called once when nobody has begun it after a while. */
  readonly stillQueued: () => void
  /** Lines of the log that need not be told again. */
  readonly known?: readonly string[]
}

/** How a deployment that was followed has ended. */
export interface FollowedEnd {
  readonly outcome: Outcome
  readonly deployment: Deployment
}

const pause = 300
const patience = 10_000

/**
 * Tells the log of a deployment line by line until it has ended.
 * @throws SlipwayError REDIS_UNAVAILABLE when Redis goes away meanwhile; the deployment goes on without us
 */
export async function followDeployment(id: string, options: FollowOptions): Promise<FollowedEnd> {
  let told: readonly string[] = options.known ?? []
  let waited = 0
  for (;;) {
    // The state first: lines that come between the two reads are told in any case.
    const { deployment, lines } = await look(id, options.reader)
    for (const line of newLines(told, lines)) options.line(line)
    told = lines
    if (deployment && isOutcome(deployment.state)) return { outcome: deployment.state, deployment }
    await sleep(pause)
    const before = waited
    waited += pause
    const isQueued = !deployment || deployment.state === 'queued'
    if (isQueued && before < patience && waited >= patience) options.stillQueued()
  }
}

async function look(
  id: string,
  reader: FollowOptions['reader'],
): Promise<{ deployment: Deployment | null; lines: readonly string[] }> {
  try {
    const deployment = await reader.deployment(id)
    return { deployment, lines: await reader.log(id) }
  } catch (cause) {
    throw new SlipwayError(
      'REDIS_UNAVAILABLE',
      `Redis went away while ${id} was followed; it goes on by itself.`,
      { cause },
    )
  }
}
