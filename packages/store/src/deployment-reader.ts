import type { AcceptedWant, Deployment, Freeze } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { readDeployment, readWant } from './deployment-record.ts'
import { readFreeze } from './freezes.ts'
import { keysOf } from './keys.ts'

/** What can be asked about deployments of one host. */
export interface DeploymentReader {
  /** What is wanted of a project now; null when nothing ever was. */
  want(project: string): Promise<AcceptedWant | null>
  deployment(id: string): Promise<Deployment | null>
  /** Newest first. */
  deployments(project: string, limit: number): Promise<Deployment[]>
  log(id: string): Promise<string[]>
  /** What holds deploys of a project back; it may have expired. */
  freeze(project: string): Promise<Freeze | null>
}

export function createDeploymentReader(redis: RedisClient, host: string): DeploymentReader {
  const keys = keysOf(host)

  async function deployment(id: string): Promise<Deployment | null> {
    return readDeployment(await redis.hgetall(keys.deployment(id)))
  }

  return {
    deployment,
    want: async (project) => readWant(await redis.hgetall(keys.want(project))),
    async deployments(project, limit) {
      const ids = await redis.lrange(keys.history(project), -limit, -1)
      const found = await Promise.all(ids.toReversed().map(deployment))
      return found.filter((entry) => entry !== null)
    },
    log: (id) => redis.lrange(keys.log(id), 0, -1),
    freeze: (project) => readFreeze(redis, host, project),
  }
}
