import type { HostImage, Inventory, ProjectHoldings } from './inventory.ts'
import { type KeptName, readKeptName, repositoryOf } from './own-names.ts'
import type { ReleaseVerdict } from './plan-releases.ts'

/** Why an image stays, and whose it is. */
export interface Hold {
  readonly project: string
  readonly why: string
}

/** All that the projects of a host hold of images, to be asked by what an image is called. */
export interface Holds {
  readonly projects: ReadonlyMap<string, ProjectHoldings>
  /** By digest, wherever it was pulled from. */
  readonly digests: ReadonlyMap<string, Hold>
  /** By the names that projects give: `<project>:<seq>`. */
  readonly kept: ReadonlyMap<string, Hold>
  /** Projects by the repositories that their images come from, or once came from. */
  readonly repositories: ReadonlyMap<string, ReadonlySet<string>>
}

/** Takes one look at each release and each image. */
export function readHolds({ projects, engine }: Inventory, releases: readonly ReleaseVerdict[]): Holds {
  const digests = new Map<string, Hold>()
  const kept = new Map<string, Hold>()
  const repositories = new Map<string, Set<string>>()
  const hold = (map: Map<string, Hold>, key: string, project: string, why: string) => {
    if (!map.has(key)) map.set(key, { project, why })
  }
  const comesFrom = createRepositoryNotes(repositories)

  for (const { project, release, item } of releases) {
    comesFrom(release.image, project)
    if (!item.keep) continue
    const reason = `release ${release.name} of ${project} needs it: ${item.why}`
    // The newest of those that share an image says why it stays.
    digests.set(release.digest, { project, why: reason })
    kept.set(`${project}:${release.seq}`, { project, why: reason })
  }
  for (const { project, image, state, wanted } of projects) {
    comesFrom(image, project)
    // Also where their records are gone.
    if (state.live) hold(digests, state.live.digest, project, `${project} is served from it`)
    if (state.good) hold(digests, state.good.digest, project, `${project} would go back to it`)
    for (const digest of wanted) hold(digests, digest, project, `a deploy of ${project} wants it`)
  }
  const known = new Map(projects.map((one) => [one.project, one]))
  for (const [project, seq] of newestKept(engine.images)) {
    const dealtWith = known.get(project)?.state.seq
    // What was pulled last may be taken up by a deploy that tries again; those before it never are.
    if (dealtWith !== undefined && seq > dealtWith)
      hold(kept, `${project}:${seq}`, project, `the newest that was pulled for ${project}, and not live yet`)
  }
  return { projects: known, digests, kept, repositories }
}

/** The same text comes with every release of a project, and is read once. */
function createRepositoryNotes(repositories: Map<string, Set<string>>) {
  const read = new Map<string, string>()
  return (image: string, project: string): void => {
    const repository = read.get(image) ?? repositoryOf(image)
    read.set(image, repository)
    const names = repositories.get(repository)
    if (names) names.add(project)
    else repositories.set(repository, new Set([project]))
  }
}

function newestKept(images: readonly HostImage[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const { project, seq } of images.flatMap(keptNamesOf)) {
    if (seq > (newest.get(project) ?? 0)) newest.set(project, seq)
  }
  return newest
}

/** The names that projects gave to an image. */
export function keptNamesOf({ tags }: Pick<HostImage, 'tags'>): KeptName[] {
  return tags.flatMap((tag) => readKeptName(tag) ?? [])
}
