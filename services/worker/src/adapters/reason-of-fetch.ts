/** Why a call by fetch did not come to an answer. */
export function reasonOfFetch(error: unknown): string {
  // Never a message: some of them quote the URL.
  if (!(error instanceof Error)) return 'the call failed'
  if (error.name === 'TimeoutError') return 'it did not answer in time'
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return typeof code === 'string' ? `the call failed (${code})` : `the call failed (${error.name})`
}
