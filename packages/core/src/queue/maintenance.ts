import { isName } from '../config/names.ts'
import type { ScheduleName } from '../config/schedule.ts'
import type { PruneRecord } from '../prune/record.ts'

/** A job that looks at the live release of one project. */
export const verifyName = 'verify'

/** The jobs by the clock, each with the name that it has in the queue; a person may ask for one too. */
export const runNames = {
  poll: 'poll',
  prune: 'prune',
  reconcile: 'reconcile',
  verify: 'verify-all',
} as const satisfies Record<ScheduleName, string>

/** What a job that looks at one project carries. */
export interface VerifyRequest {
  readonly project: string
  readonly quick: boolean
  /** Under this name the answer is found; null when nobody waits for it. */
  readonly request: string | null
}

/** What a job by the clock carries: nothing when the clock asks. */
export interface RunRequest {
  /** Under this name the answer is found; null when nobody waits for it. */
  readonly request: string | null
  /** Who asked; null for the clock. */
  readonly by: string | null
  /** Of a prune: only its plan is wanted. */
  readonly isDryRun: boolean
}

/** How one run of a job ended. */
export interface JobEnd {
  readonly host: string
  readonly name: ScheduleName
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly milliseconds: number
  /** Who asked; null for the clock. */
  readonly by: string | null
  /** `problems`: it went to its end, and something of it needs a person. */
  readonly outcome: 'done' | 'problems' | 'failed'
  readonly errorCode: string | null
  readonly why: string | null
}

/** What a worker answers to whom it was asked by. */
export interface RunAnswer extends JobEnd {
  /** What a prune did or would do. */
  readonly prune: PruneRecord | null
}

const longestAsker = 200

export function isRequestId(text: string): boolean {
  return /^[rv][0-9a-f]{16}$/.test(text)
}

/** Reads what a job carries; null when it is no request about a possible project. */
export function readVerifyRequest(data: unknown): VerifyRequest | null {
  if (typeof data !== 'object' || data === null) return null
  const { project, quick, request = null } = data as Partial<Record<string, unknown>>
  if (typeof project !== 'string' || !isName(project) || typeof quick !== 'boolean') return null
  if (request === null) return { project, quick, request: null }
  return typeof request === 'string' && isRequestId(request) ? { project, quick, request } : null
}

/** Reads what a job by the clock carries; null when neither the clock nor a person can have asked like that. */
export function readRunRequest(data: unknown): RunRequest | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null
  const keys = Object.keys(data)
  if (keys.length === 0) return { request: null, by: null, isDryRun: false }
  if (keys.some((key) => !['request', 'by', 'isDryRun'].includes(key))) return null
  const { request, by, isDryRun } = data as Partial<Record<string, unknown>>
  if (typeof request !== 'string' || !isRequestId(request) || typeof isDryRun !== 'boolean') return null
  if (typeof by !== 'string' || by.length === 0 || by.length > longestAsker || /\p{Cc}/u.test(by)) return null
  return { request, by, isDryRun }
}
