import { type AcceptedWant, wentLive } from '@slipway/core'
import { createDeploymentReader } from '@slipway/store'
import type { CommandContext } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { followDeployment } from './follow-deployment.ts'
import type { RedisConnection } from './open-redis.ts'

/** Tells the logs of deployments until all have ended; the exit code is 0 only when each is live. */
export async function followAll(
  accepted: readonly AcceptedWant[],
  redis: RedisConnection,
  context: Pick<CommandContext, 'out' | 'say'>,
): Promise<number> {
  const ends = await Promise.all(
    accepted.map(({ deployment, host }) =>
      followDeployment(deployment, {
        reader: createDeploymentReader(redis, host),
        line: (text) => context.out(accepted.length > 1 ? `${host}  ${text}` : text),
        stillQueued: () => context.say(`${deployment} is still queued: does the worker of ${host} run?`),
      }),
    ),
  )
  return ends.every(({ outcome }) => wentLive(outcome)) ? exitCodes.ok : exitCodes.failed
}
