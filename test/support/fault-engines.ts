import type { PrivateEngine } from '@slipway/lab'

/** A container that slipway made. */
export interface ContainerLine {
  readonly id: string
  readonly name: string
  /** `created`, `running`, `exited`. */
  readonly state: string
  /** `source`, `migrate`. */
  readonly role: string
}

/** All containers of a project on an engine, running or not. */
export async function containersOf(engine: PrivateEngine, project: string): Promise<ContainerLine[]> {
  const format = '{{.ID}} {{.Names}} {{.State}} {{.Label "slipway.role"}}'
  const filter = `label=slipway.project=${project}`
  const lines = await engine.docker('ps', '--all', '--no-trunc', '--filter', filter, '--format', format)
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [id = '', name = '', state = '', role = ''] = line.split(' ')
      return { id, name, state, role }
    })
}

/** Takes a project's containers off an engine that others go on using; one that is down keeps them. */
export async function leaveEngine(engine: PrivateEngine, projects: Iterable<string>): Promise<void> {
  if (engine.pid() === 0) return
  engine.thaw()
  for (const project of projects) {
    const ids = (await containersOf(engine, project)).map(({ id }) => id)
    if (ids.length > 0) await engine.docker('rm', '--force', '--volumes', ...ids)
  }
}
