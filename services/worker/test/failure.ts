import { SlipwayError } from '@slipway/core'

/** The error that the promise must end with, of our class. */
export async function failureOf(promise: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (cause: unknown) => cause,
  )
  if (error instanceof SlipwayError) return error
  throw error
}

/** Nothing that fires: for calls that are not to be stopped. */
export const calm = new AbortController().signal
