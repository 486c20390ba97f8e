import { keyPrefix } from '@slipway/core'

/** Every key that slipway itself has in Redis for one host. Nowhere else is one spelled out. */
export function keysOf(host: string) {
  const prefix = keyPrefix(host)
  return {
    /** Hash: the newest want of a project, and the floor that every further seq of it lies above. */
    want: (project: string) => `${prefix}:want:${project}`,
    /** Stream: every accepted push, in order; what it was stands in its deployment. */
    ledger: `${prefix}:ledger`,
    /** Hash: what happened to one accepted push. */
    deployment: (id: string) => `${prefix}:deployment:${id}`,
    /** List: ids of the deployments of a project, by seq, the newest last. */
    history: (project: string) => `${prefix}:history:${project}`,
    /** List: lines of the log of a deployment. */
    log: (id: string) => `${prefix}:log:${id}`,
    /** Text: the releases that a host has of a project, as its worker last told them. */
    releases: (project: string) => `${prefix}:releases:${project}`,
    /** Text: what the last look at the live release of a project found. */
    verified: (project: string) => `${prefix}:verified:${project}`,
    /** Text: the answer to one request to look. */
    verification: (request: string) => `${prefix}:verification:${request}`,
    /** Hash: how the last run of each job by the clock ended, by its name. */
    runs: `${prefix}:runs`,
    /** Text: the answer to one request to run a job by the clock. */
    run: (request: string) => `${prefix}:run:${request}`,
    /** List: what the last prunes did, the newest first. */
    prunes: `${prefix}:prunes`,
    /** Hash: what the deployments of one push share, at the home of the rollout. */
    rollout: (id: string) => `${prefix}:rollout:${id}`,
    /** Hash: who holds deploys back, by project, `*` for all. */
    freezes: `${prefix}:freezes`,
    /** Hash: what came of asking the registry, by project. */
    polls: `${prefix}:polls`,
    /** Hash: marks of the tags that were seen at the registry, by rule. */
    polledTags: (project: string) => `${prefix}:polled-tags:${project}`,
    /** Number: until when a registry asked not to be asked. */
    pollPause: (registry: string) => `${prefix}:poll-pause:${registry}`,
    /** Number: grows whenever a project that had come to rest may no longer be at rest. */
    changes: `${prefix}:changes`,
    /** Text: made when a worker first meets this Redis; it is gone when Redis was emptied. */
    epoch: `${prefix}:epoch`,
  } as const
}

/** Stream: the calls of webhooks that were refused. It belongs to no host, and no host can have this name. */
export const refusedCallsKey = 'slipway:{_audit}:refused'

export type Keys = ReturnType<typeof keysOf>
