import { type Config, type Freeze, hostsOf, isFrozen } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import type { Control } from './control.ts'
import { readFreezes } from './freezes.ts'
import { createReconcileStore } from './reconcile-store.ts'

type Projects = Config['projects']

/** A freeze with the hosts on which it stands: those that a project had when it was frozen. */
export interface HeldFreeze extends Freeze {
  readonly hosts: readonly string[]
}

/** Holds deploys of a project back, or of all projects when it names none, on every host that they have. */
export async function freezeProjects(
  control: Pick<Control, 'freeze'>,
  projects: Projects,
  freeze: Freeze,
): Promise<void> {
  await control.freeze(hostsFor(projects, freeze.project), freeze)
}

/** Lets a project, or all, go on and wakes the workers for what waits. True when something was frozen. */
export async function unfreezeProjects(
  redis: RedisClient,
  control: Pick<Control, 'unfreeze'>,
  projects: Projects,
  project: string | null,
): Promise<boolean> {
  const thawed = hostsFor(projects, project).map(async (host) => {
    // A nudge for each project of a large host would keep its worker busy with looking at what has nothing to do.
    const names = project === null ? projectsOn(projects, host) : [project]
    const found = await createReconcileStore(redis, host).survey(names)
    const waiting = found.filter(({ want }) => want?.state === 'queued').map((one) => one.project)
    return control.unfreeze([host], project, waiting)
  })
  return (await Promise.all(thawed)).some(Boolean)
}

/** Every freeze that holds back now, the ones of everything first, each once with all of its hosts. */
export async function heldFreezes(
  redis: RedisClient,
  hosts: readonly string[],
  now: number,
): Promise<HeldFreeze[]> {
  const found = await Promise.all(
    hosts.map(async (host) => (await readFreezes(redis, host)).map((freeze) => ({ host, freeze }))),
  )
  const held = found.flat().filter(({ freeze }) => isFrozen(freeze, now))
  const alike = Map.groupBy(held, ({ freeze: { project, by, since, until, reason } }) =>
    JSON.stringify([project, by, since, until, reason]),
  )
  return [...alike.values()]
    .flatMap((same) => (same[0] ? [{ ...same[0].freeze, hosts: same.map(({ host }) => host) }] : []))
    .toSorted((a, b) => (a.project ?? '').localeCompare(b.project ?? ''))
}

/** What holds deploys of a project back on a host, its own freeze before the one of everything. */
export function freezeOn(held: readonly HeldFreeze[], host: string, project: string): Freeze | null {
  const here = held.filter(({ hosts }) => hosts.includes(host))
  const found = here.find((one) => one.project === project) ?? here.find((one) => one.project === null)
  if (!found) return null
  const { hosts: _, ...freeze } = found
  return freeze
}

function hostsFor(projects: Projects, project: string | null): readonly string[] {
  return project === null ? hostsOf({ projects }) : (projects[project]?.hosts ?? [])
}

function projectsOn(projects: Projects, host: string): string[] {
  return Object.entries(projects).flatMap(([name, { hosts }]) => (hosts.includes(host) ? [name] : []))
}
