import type { Config } from '@slipway/core'
import { findProject } from './find-project.ts'
import { UsageError } from './usage-error.ts'

/**
 * The project that a command names, or null for all of them.
 * @throws UsageError for several, SlipwayError PROJECT_UNKNOWN
 */
export function oneProjectOrAll(
  config: Pick<Config, 'projects'>,
  [name, ...further]: readonly string[],
): string | null {
  if (further.length > 0) throw new UsageError('give one project, or none for all.')
  if (name === undefined) return null
  findProject(config, name)
  return name
}
