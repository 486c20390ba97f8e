import { UsageError } from './usage-error.ts'

/**
 * The id that a command takes and nothing else.
 * @throws UsageError
 */
export function oneDeployment([id, ...further]: readonly string[]): string {
  if (!id || further.length > 0) throw new UsageError('give the id of one deployment.')
  return id
}
