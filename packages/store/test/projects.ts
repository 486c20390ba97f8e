import { type Config, parseConfig } from '@slipway/core'

/** Checked projects from what a person would write about each, in the fewest words. */
export function projectsOf(projects: Readonly<Record<string, object>>): Config['projects'] {
  const entries = Object.entries(projects).map(([name, more]) => [
    name,
    {
      image: `registry.example.com/acme/${name}`,
      source: { path: '/app' },
      release: { root: `/srv/${name}` },
      ...more,
    },
  ])
  const result = parseConfig({ projects: Object.fromEntries(entries) })
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes))
  return result.config.projects
}
