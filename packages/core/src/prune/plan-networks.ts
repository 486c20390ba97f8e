import { patienceWithOthers, since, tooYoung } from './age.ts'
import type { HostNetwork, HostVolume, Inventory } from './inventory.ts'
import { byName, gone, kept, type PruneItem, type PrunePolicy } from './item.ts'
import { hasLabel, isOfSwarm } from './own-names.ts'
import type { Uses } from './plan-containers.ts'

/** The engine makes them, and needs them. */
const predefined: ReadonlySet<string> = new Set([
  'bridge',
  'host',
  'none',
  'ingress',
  'docker_gwbridge',
  'nat',
])

/** Networks of people; slipway makes none. */
export function planNetworks(
  { engine, projects, now }: Inventory,
  policy: PrunePolicy,
  { networks: used }: Uses,
): PruneItem[] {
  const named = new Map(
    projects.flatMap(({ project, networks = [] }) => networks.map((one) => [one, project])),
  )
  const patience = patienceWithOthers(policy)

  function reason({ id, name, labels, createdAt }: HostNetwork): string | null {
    if (predefined.has(name)) return "the engine's own"
    const user = used.get(id) ?? used.get(name)
    if (user !== undefined) return `used by container ${user}`
    const project = named.get(name) ?? named.get(id)
    if (project !== undefined) return `a network of ${project}`
    if (isOfSwarm(labels)) return 'of a swarm, which takes away its own'
    const isLabelled = policy.labels.some((label) => hasLabel(labels, label))
    if (!isLabelled && policy.networks === 'keep') return "not slipway's"
    return tooYoung('made', createdAt, patience, now)
  }

  return engine.networks
    .map((network) => {
      const { id, name } = network
      const thing = { kind: 'network', id, name, project: named.get(name) ?? null, bytes: 0 } as const
      const why = reason(network)
      return why === null
        ? gone(thing, `no container uses it; ${since('made', network.createdAt, now)}`)
        : kept(thing, why)
    })
    .toSorted(byName)
}

/** Volumes hold what nothing else does: none goes that was not named. */
export function planVolumes(
  { engine, now }: Inventory,
  policy: PrunePolicy,
  { volumes: used }: Uses,
): PruneItem[] {
  const named = new Set(policy.volumes)
  const patience = patienceWithOthers(policy)

  function reason({ name, createdAt }: HostVolume): string | null {
    const user = used.get(name)
    if (user !== undefined) return `used by container ${user}`
    if (!named.has(name)) return 'a volume that is not named in the policy'
    return tooYoung('made', createdAt, patience, now)
  }

  return engine.volumes
    .map((volume) => {
      const { name, bytes } = volume
      const thing = { kind: 'volume', id: name, name, project: null, bytes: bytes ?? 0 } as const
      const why = reason(volume)
      return why === null ? gone(thing, 'named in the policy, and no container uses it') : kept(thing, why)
    })
    .toSorted(byName)
}
