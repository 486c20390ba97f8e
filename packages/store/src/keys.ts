import { keyPrefix } from '@slipway/core'

/** Every key that slipway itself has in Redis for one host. Nowhere else is one spelled out. */
export function keysOf(host: string) {
  const prefix = keyPrefix(host)
  return {
    /** Hash: the newest want of a project. */
    want: (project: string) => `${prefix}:want:${project}`,
    /** Stream: every accepted push, in order. */
    ledger: `${prefix}:ledger`,
    /** Hash: what happened to one accepted push. */
    deployment: (id: string) => `${prefix}:deployment:${id}`,
    /** Sorted set: ids of the deployments of a project, by seq. */
    deployments: (project: string) => `${prefix}:deployments:${project}`,
    /** List: lines of the log of a deployment. */
    log: (id: string) => `${prefix}:log:${id}`,
  } as const
}

export type Keys = ReturnType<typeof keysOf>
