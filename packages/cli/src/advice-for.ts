import { catalogue, type ErrorCode } from '@slipway/core'

/** What an operator does about a code; nothing for one that this version does not know, since a worker may be of a later one. */
export function adviceFor(code: string | null): string {
  const known = code !== null && Object.hasOwn(catalogue, code)
  return known ? catalogue[code as ErrorCode].operator : ''
}
