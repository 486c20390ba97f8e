import type { Config } from './schema.ts'

/** Every host that a project names, in alphabetical order. */
export function hostsOf({ projects }: Pick<Config, 'projects'>): string[] {
  return [...new Set(Object.values(projects).flatMap(({ hosts }) => hosts))].toSorted()
}
