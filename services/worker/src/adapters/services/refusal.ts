import type Docker from 'dockerode'

type Facts = Docker.ContainerInspectInfo

/** Why a container cannot be replaced without harm; null when it can. */
export function refusalOf(facts: Facts, others: readonly Docker.ContainerInfo[]): string | null {
  const { HostConfig: host, Config, Id: id } = facts
  const swarm =
    Config.Labels?.['com.docker.swarm.service.name'] ?? Config.Labels?.['com.docker.swarm.service.id']
  if (swarm !== undefined)
    return `it is a task of the Swarm service ${swarm}, which would start another beside it`
  if (host.AutoRemove) return 'it was started with --rm, so there would be nothing to go back to'
  if (host.NetworkMode?.startsWith('container:')) return 'it lives in the network of another container'
  const guests = others.filter(({ HostConfig }) => HostConfig.NetworkMode === `container:${id}`)
  if (guests.length === 0) return null
  return `others live in its network and would lose it: ${guests.map(nameOf).join(', ')}`
}

/** The name of a container, without the names that links give it. */
export function nameOf({ Names: names, Id: id }: Pick<Docker.ContainerInfo, 'Names' | 'Id'>): string {
  return names.map((name) => name.slice(1)).find((name) => !name.includes('/')) ?? id
}
