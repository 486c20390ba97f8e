import { readDuration } from '@slipway/core'
import { UsageError } from './usage-error.ts'

/**
 * What stands behind `--timeout`, in milliseconds.
 * @throws UsageError
 */
export function readTimeout(text: string): number {
  const timeout = readDuration(text)
  if (timeout === null) throw new UsageError(`"${text}" is no --timeout: write one such as 90s or 5m.`)
  return timeout
}
