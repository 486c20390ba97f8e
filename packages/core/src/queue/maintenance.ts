import { isName } from '../config/names.ts'

/** A job that looks at the live release of one project. */
export const verifyName = 'verify'

/** What such a job carries. */
export interface VerifyRequest {
  readonly project: string
  readonly quick: boolean
  /** Under this name the answer is found; null when nobody waits for it. */
  readonly request: string | null
}

export function isRequestId(text: string): boolean {
  return /^v[0-9a-f]{16}$/.test(text)
}

/** Reads what a job carries; null when it is no request about a possible project. */
export function readVerifyRequest(data: unknown): VerifyRequest | null {
  if (typeof data !== 'object' || data === null) return null
  const { project, quick, request = null } = data as Partial<Record<string, unknown>>
  if (typeof project !== 'string' || !isName(project) || typeof quick !== 'boolean') return null
  if (request === null) return { project, quick, request: null }
  return typeof request === 'string' && isRequestId(request) ? { project, quick, request } : null
}
