/** The command line is wrong: told in one sentence, with the exit code 2. It never leaves this package. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** True for what `parseArgs` throws about a command line. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS_')
  )
}
