import { SlipwayError } from '@slipway/core'

/** The same error with the project in its message: an operator looks after many, each with its own credentials. */
export function nameProject(error: unknown, project: string): unknown {
  if (!(error instanceof SlipwayError)) return error
  const options = { cause: error, details: error.details }
  return new SlipwayError(
    error.code,
    `Project ${project}: ${error.message}`,
    error.retryAfterMs === undefined ? options : { ...options, retryAfterMs: error.retryAfterMs },
  )
}
