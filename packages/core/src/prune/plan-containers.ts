import { patienceWithOthers, since, tooYoung } from './age.ts'
import type { HostContainer, Inventory, ProjectHoldings } from './inventory.ts'
import { byName, gone, kept, type PruneItem, type PrunePolicy } from './item.ts'
import {
  composeProjectOf,
  hasLabel,
  isOfSwarm,
  runLabels,
  serviceLabels,
  serviceNameOf,
} from './own-names.ts'
import type { ReleaseVerdict } from './plan-releases.ts'

/** What the containers that stay hold, each with the name of one of them. */
export interface Uses {
  readonly images: ReadonlyMap<string, string>
  readonly networks: ReadonlyMap<string, string>
  readonly volumes: ReadonlyMap<string, string>
}

/** All containers, and what is in use once those that go have gone. */
export function planContainers(
  inventory: Inventory,
  policy: PrunePolicy,
  releases: readonly ReleaseVerdict[],
): { readonly items: readonly PruneItem[]; readonly uses: Uses } {
  const judge = createJudge(inventory, policy, releases)
  const items: PruneItem[] = []
  const [images, networks, volumes] = [0, 1, 2].map(() => new Map<string, string>()) as [
    Map<string, string>,
    Map<string, string>,
    Map<string, string>,
  ]
  for (const container of inventory.engine.containers.toSorted(byContainerName)) {
    const item = judge(container)
    items.push(item)
    if (!item.keep) continue
    const { name, image } = container
    if (!images.has(image)) images.set(image, name)
    for (const network of container.networks) if (!networks.has(network)) networks.set(network, name)
    for (const volume of container.volumes) if (!volumes.has(volume)) volumes.set(volume, name)
  }
  return { items, uses: { images, networks, volumes } }
}

function byContainerName(a: HostContainer, b: HostContainer): number {
  return byName({ ...a, kind: 'container', project: null }, { ...b, kind: 'container', project: null })
}

function createJudge(inventory: Inventory, policy: PrunePolicy, releases: readonly ReleaseVerdict[]) {
  const { now, host } = inventory
  const projects = new Map(inventory.projects.map((holdings) => [holdings.project, holdings]))
  const serviceOf = createServiceLookup(inventory.projects)
  const unfinished = unfinishedOf(projects, releases)

  return (container: HostContainer): PruneItem => {
    const { id, name, labels, bytes } = container
    const own = labels[runLabels.project]
    const service = labels[serviceLabels.project] ?? serviceOf(container)
    const project = own ?? service ?? null
    const thing = { kind: 'container', id, name, project, bytes } as const
    if (container.isRunning) return kept(thing, 'it runs')
    if (own !== undefined || labels[runLabels.host] !== undefined) {
      const why = ownReason(container, own ?? '')
      return why === null ? gone(thing, `left by a run that is over; ${ended(container)}`) : kept(thing, why)
    }
    if (service !== undefined) return kept(thing, `a service of ${service}`)
    if (serviceNameOf(name) !== name) return kept(thing, 'its service is being replaced')
    const why = othersReason(container)
    return why === null ? gone(thing, ended(container)) : kept(thing, why)
  }

  // Rather the affair of the reconcile, which knows how each deployment ended: only what is surely over goes here.
  function ownReason({ labels, ...container }: HostContainer, project: string): string | null {
    const holdings = projects.get(project)
    if (labels[runLabels.host] !== host) return `of the worker of ${labels[runLabels.host] ?? 'another host'}`
    if (!holdings) return 'its project is not in the configuration any more; a reconcile looks after it'
    if (holdings.untouchable !== null) return holdings.untouchable
    if (holdings.wanted.length > 0) return 'a deploy is wanted, which may go on with it'
    // A migration that has ended tells by its container how: without it the next run would begin another one.
    if (unfinished.has(labels[runLabels.release] ?? '')) return 'the run of its release may go on with it'
    return tooYoung('ended', endOf(container), policy.min_age, now)
  }

  function othersReason(container: HostContainer): string | null {
    const { labels } = container
    if (isOfSwarm(labels)) return 'of a swarm, which takes away its own'
    const isLabelled = policy.labels.some((label) => hasLabel(labels, label))
    const compose = composeProjectOf(labels)
    if (!isLabelled && compose !== undefined) return `of the compose project ${compose}`
    if (!isLabelled && policy.containers === 'keep') return "not slipway's"
    return tooYoung('ended', endOf(container), patienceWithOthers(policy), now)
  }

  function ended(container: HostContainer): string {
    return since('ended', endOf(container), now)
  }
}

function endOf({ endedAt, createdAt }: Pick<HostContainer, 'endedAt' | 'createdAt'>): number {
  return endedAt ?? createdAt
}

/** Names of releases that stay though they never went live: a run that is to come may take them up. */
function unfinishedOf(
  projects: ReadonlyMap<string, ProjectHoldings>,
  releases: readonly ReleaseVerdict[],
): ReadonlySet<string> {
  const found = releases.filter(
    ({ item, project, release: { status, seq } }) =>
      item.keep && status === 'copied' && seq > (projects.get(project)?.state.seq ?? 0),
  )
  return new Set(found.map(({ release }) => release.name))
}

/** The project whose services a container is one of. */
function createServiceLookup(projects: readonly ProjectHoldings[]) {
  const byContainer = new Map<string, string>()
  const byLabels: { readonly project: string; readonly labels: readonly string[] }[] = []
  for (const { project, services = [] } of projects) {
    for (const { container, label } of services) {
      if (container !== undefined) byContainer.set(container, project)
      if (label !== undefined) byLabels.push({ project, labels: label })
    }
  }
  return ({ name, labels }: HostContainer): string | undefined =>
    byContainer.get(serviceNameOf(name)) ??
    byLabels.find((service) => service.labels.every((label) => hasLabel(labels, label)))?.project
}
