import { isName } from '../config/names.ts'
import { backoffType } from './backoff.ts'

/** What the queue carries: the name of a project, so that a job edited by hand can do no harm. */
export interface NudgeData {
  readonly project: string
}

export const nudgeName = 'deploy'

/** The queue that the worker of a host takes deploys from. BullMQ forbids ":" here. */
export function deployQueueName(host: string): string {
  return `deploy-${host}`
}

/** The queue of a host's jobs by the clock. */
export function maintenanceQueueName(host: string): string {
  return `maintenance-${host}`
}

/** Prefix of all keys of a host: one hash tag, so that a Redis Cluster keeps them together. */
export function keyPrefix(host: string): string {
  return `slipway:{${host}}`
}

/** How a nudge is tried again. */
export interface RetryPolicy {
  readonly attempts: number
  /** Milliseconds before the second attempt; doubles each time. */
  readonly delay: number
}

const day = 86_400
/** Options of a nudge, as data; why each one is what it is stands in docs/decisions/0003-want-beside-the-nudge.md. */
export function nudgeOptions(project: string, retry: RetryPolicy) {
  return {
    deduplication: { id: project, keepLastIfActive: true, replace: true },
    attempts: retry.attempts,
    backoff: { type: backoffType, delay: retry.delay },
    sizeLimit: 2_048,
    stackTraceLimit: 3,
    keepLogs: 300,
    removeOnComplete: { age: 14 * day, count: 5_000 },
    removeOnFail: { age: 90 * day, count: 5_000 },
  } as const
}

/** Reads what a job carries; null when it is not a nudge for a possible project. */
export function readNudge(data: unknown): NudgeData | null {
  if (typeof data !== 'object' || data === null || !('project' in data)) return null
  return typeof data.project === 'string' && isName(data.project) ? { project: data.project } : null
}
