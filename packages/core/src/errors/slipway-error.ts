import { catalogue, type ErrorCode } from './catalogue.ts'

export interface SlipwayErrorOptions {
  cause?: unknown
  /** Facts for the log, never a secret. */
  details?: Readonly<Record<string, string | number | boolean>>
  /** How long whoever refused asked us to wait, in milliseconds. */
  retryAfterMs?: number
}

/** The one error class of the house: what happened is `code`, whether trying again helps is `retryable`. */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, string | number | boolean>>
  readonly retryAfterMs: number | undefined

  /** `message` is one sentence for the operator: it names the project, image or path, and no secret. */
  constructor(code: ErrorCode, message: string, options: SlipwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterMs = options.retryAfterMs
  }

  get retryable(): boolean {
    return catalogue[this.code].retryable
  }
}

/** Our errors as they are; anything else as INTERNAL with the original as its cause. */
export function asSlipwayError(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error
  return new SlipwayError('INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}
