import { type Config, type Project, SlipwayError } from '@slipway/core'
import { nearest } from './suggest.ts'

/**
 * A project by its name as a person typed it.
 * @throws SlipwayError PROJECT_UNKNOWN
 */
export function findProject({ projects }: Pick<Config, 'projects'>, name: string): Project {
  // Own properties only: "constructor" is no project.
  const project = Object.hasOwn(projects, name) ? projects[name] : undefined
  if (project) return project
  const guess = nearest(name, Object.keys(projects))
  throw new SlipwayError(
    'PROJECT_UNKNOWN',
    `There is no project "${name}" in the configuration${guess ? `; did you mean "${guess}"?` : '.'}`,
  )
}
