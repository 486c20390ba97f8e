import { type Holds, keptNamesOf } from './holds.ts'
import type { HostImage, ProjectHoldings } from './inventory.ts'
import { readKeptName, repositoryOf } from './own-names.ts'

/** The names of an image, by who gave them. */
export interface ImageNames {
  /** True when a project gave it a name: slipway brought it in. */
  readonly isKept: boolean
  /** Those that slipway gave or pulled it by, in the order in which they are to be taken away. */
  readonly own: readonly string[]
  readonly others: readonly string[]
  /** True when no tag is among those of others: for them it is an image without a name. */
  readonly isDangling: boolean
  /** Projects of the configuration that gave it a name, or whose repository is among its names. */
  readonly projects: readonly string[]
  /** In words, why what is known of those who gave it a name may not be all. */
  readonly doubts: readonly string[]
}

export function imageNamesOf(image: HostImage, { projects, repositories }: Holds): ImageNames {
  const kept = keptNamesOf(image)
  const others = image.tags.filter((tag) => readKeptName(tag) === null)
  const givers = kept.map(({ project }) => project)
  const isStranger = (project: string) => !projects.has(project)
  const tagged = new Set(others.map(repositoryOf))
  const known = new Set(givers.filter((project) => !isStranger(project)))
  const pulled = image.digests.map((name) => ({ name, repository: repositoryOf(name) }))
  for (const repository of [...pulled.map((one) => one.repository), ...tagged])
    for (const project of repositories.get(repository) ?? []) known.add(project)

  // Where a project has changed its repository, or is gone, nobody knows any more what it pulled from.
  const isUnclear = givers.some(isStranger) || !pulled.some(({ repository }) => repositories.has(repository))
  const [own, theirs]: [string[], string[]] = [[], []]
  for (const { name, repository } of pulled) {
    // Next to a tag of somebody's it is what that tag was pulled as.
    const isOwn = !tagged.has(repository) && (isUnclear ? kept.length > 0 : repositories.has(repository))
    if (isOwn) own.push(name)
    else theirs.push(name)
  }
  return {
    isKept: kept.length > 0,
    // The names of projects last: as long as one of them is there, slipway knows the image as its own.
    own: [...own, ...kept.map(({ tag }) => tag)],
    others: [...theirs, ...others],
    projects: [...known],
    isDangling: others.length === 0,
    doubts: givers.flatMap((project) => doubtOf(project, projects.get(project)) ?? []),
  }
}

// A disk that is not mounted looks like a project that has nothing yet.
function doubtOf(project: string, holdings: ProjectHoldings | undefined): string | null {
  if (!holdings) return `${project} is not in the configuration any more`
  const { releases, state } = holdings
  return releases.length === 0 && state.seq === 0 ? `${project} has no release here` : null
}

const shown = 12

/** What people call an image by. */
export function shortName({ id, tags, digests }: HostImage): string {
  const tag = tags.find((name) => readKeptName(name) === null) ?? tags[0]
  if (tag !== undefined) return tag
  const [repository, digest] = (digests[0] ?? '').split('@sha256:')
  if (digest !== undefined) return `${repository}@sha256:${digest.slice(0, shown)}`
  return id.replace('sha256:', '').slice(0, shown)
}
