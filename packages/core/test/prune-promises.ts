import type { HostImage } from '../src/prune/inventory.ts'
import type { PrunePolicy } from '../src/prune/item.ts'
import type { Release } from '../src/release/release.ts'
import { type ModelHost, type ModelProject, repositories } from './model-host.ts'
import { digest } from './prune-things.ts'

/** What must be there after a prune, told without the plan: by the host, and by what was promised. */
export function promisesOf(host: ModelHost, policy: PrunePolicy) {
  const { engine, projects } = host
  const releases = projects.flatMap((project) =>
    project.releases
      .filter((release) => isPromised(project, release, policy, host.now))
      .map((release) => ({ project, release })),
  )
  const ofConfigured = releases.filter(({ project }) => project.isConfigured)
  return {
    releases,
    /** Names that stay as they are. */
    names: [
      ...ofConfigured.map(({ project, release }) => `${project.image}@${release.digest}`),
      ...namesOfProjects(host),
      ...(policy.unowned === 'unused' ? [] : namesOfPeople(host)),
    ].filter((name) => engine.names.has(name)),
    images: imagesThatStay(host, policy, new Set(ofConfigured.map(({ release }) => release.digest))),
    containers: [...engine.containers.values()].filter(
      ({ isRunning, labels, endedAt }) =>
        isRunning ||
        policy.containers === 'keep' ||
        Object.keys(labels).length > 0 ||
        host.now - (endedAt ?? 0) < policy.older_than,
    ),
  }
}

function namesOfProjects({ engine, projects }: ModelHost): string[] {
  return projects
    .filter(({ isConfigured }) => isConfigured)
    .flatMap((project) => {
      const { name, image, wanted, state, isBusy } = project
      const own = [...engine.names.keys()].filter((one) => one.startsWith(`slipway.local/${name}:`))
      const newest = Math.max(...own.map((one) => Number(one.split(':')[1])))
      // Of a busy project nothing is touched that has to do with it.
      const near = engine.images().filter(({ id }) => engine.namesOf(id).some((one) => isOf(project, one)))
      return [
        ...wanted.map((digest) => `${image}@${digest}`),
        ...(isBusy ? near.flatMap(({ id }) => engine.namesOf(id)) : []),
        // A run that tries again finds it pulled.
        ...(newest > state.seq ? [`slipway.local/${name}:${newest}`] : []),
      ]
    })
}

/** What somebody tagged is his, and what was pulled with that tag. */
function namesOfPeople({ engine }: ModelHost): string[] {
  return engine.images().flatMap(({ tags, digests }) => {
    const theirs = tags.filter(isTagOfPeople)
    const isNextTo = (one: string) => theirs.some((tag) => tag.startsWith(`${one.split('@')[0]}:`))
    return [...theirs, ...digests.filter(isNextTo)]
  })
}

function imagesThatStay(
  { engine, brought, projects, now }: ModelHost,
  policy: PrunePolicy,
  needed: Set<string>,
) {
  const unsure = projects.filter(
    ({ isConfigured, releases, state }) => !isConfigured || (releases.length === 0 && state.seq === 0),
  )
  const isStay = ({ id, tags, digests, namedAt, firstSeenAt }: HostImage): boolean => {
    const age = now - (namedAt ?? firstSeenAt ?? 0)
    if (age < policy.min_age || needed.has(digest(contentOf(id)))) return true
    // The project may be out of the configuration, or its disk away, for a while only.
    const isUnsure = unsure.some(({ name }) => tags.some((tag) => tag.startsWith(`slipway.local/${name}:`)))
    if (isUnsure && age < policy.older_than) return true
    const isOfRepository = digests.some((name) => repositories.some((one) => name.startsWith(`${one}@`)))
    const isForeign = !brought.has(contentOf(id)) && (tags.length > 0 || !isOfRepository)
    return isForeign && (policy.unowned === 'keep' || age < policy.older_than)
  }
  return engine
    .images()
    .filter(isStay)
    .map(({ id }) => id)
}

function isPromised(
  { isConfigured, isBusy, wanted, releases, state, keep }: ModelProject,
  release: Release,
  policy: PrunePolicy,
  now: number,
): boolean {
  const { seq, status } = release
  // Nothing is known of it here, so nothing of it goes.
  if (!isConfigured || isBusy || wanted.includes(release.digest)) return true
  if (release.name === state.live?.name || release.name === state.good?.name) return true
  if (now - release.copiedAt < policy.min_age) return true
  const newerGood = releases.filter((one) => one.status === 'live' && one.seq > seq)
  const isNewest = releases.every((one) => one.seq <= seq)
  if (seq > state.seq && isNewest) return true
  return status === 'live' && newerGood.length < keep
}

export const isTagOfPeople = (name: string) => !name.includes('@') && !name.startsWith('slipway.local/')
export const contentOf = (id: string) => Number(id.replace('id-', ''))

function isOf({ name: project, image }: ModelProject, name: string): boolean {
  return (
    name.startsWith(`slipway.local/${project}:`) ||
    name.startsWith(`${image}@`) ||
    name.startsWith(`${image}:`)
  )
}
