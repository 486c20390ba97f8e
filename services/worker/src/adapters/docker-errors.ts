import { SlipwayError } from '@slipway/core'

/** What the engine's client throws, as far as we look at it. */
export function statusOf(error: unknown): number | null {
  return typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
    ? error.statusCode
    : null
}

/** Turns what the engine's client throws into ours: an answer is a refusal, no answer is an engine that is away. */
export function engineError(error: unknown, doing: string): SlipwayError {
  if (error instanceof SlipwayError) return error
  const status = statusOf(error)
  const said = plain(error instanceof Error ? error.message : String(error))
  if (status === null) {
    return new SlipwayError('ENGINE_UNAVAILABLE', `The Docker Engine did not answer (${doing}): ${said}`, {
      cause: error,
    })
  }
  if (isDiskFull(said)) {
    return new SlipwayError('DISK_FULL', `The disk of the Docker Engine is full (${doing}): ${said}`, {
      cause: error,
    })
  }
  return new SlipwayError('ENGINE_FAILED', `The Docker Engine refused (${doing}): ${said}`, {
    cause: error,
    details: { status },
  })
}

/** The engine has no code for it, only the words of its system. */
export function isDiskFull(said: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(said)
}

/** Runs one call to the engine; an abort by the caller stays what the caller said. */
export async function callEngine<T>(doing: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  try {
    return await call()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw engineError(error, doing)
  }
}

const longestSaid = 500

/** Text of the engine, fit for a log: no control bytes, not endless. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longestSaid)
}
