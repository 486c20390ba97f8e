import type Docker from 'dockerode'

type Facts = Docker.ContainerInspectInfo
type Mount = Docker.MountSettings

/**
 * The settings of a container towards its host, for the one that takes its place. Volumes that nobody named are named
 * by their ids: what lies in them goes on with the new container.
 */
export function hostSettings(facts: Facts): Docker.HostConfig {
  const { ContainerIDFile: _, ...host } = facts.HostConfig
  const binds = (host.Binds ?? []).filter((bind) => bind.includes(':'))
  const links: readonly string[] = host.Links ?? []
  return {
    ...host,
    Binds: binds,
    Mounts: mountsOf(facts, new Set(binds.map((bind) => bind.split(':')[1] ?? ''))),
    Links: links.map(readLink),
  }
}

function mountsOf({ HostConfig: host, Mounts: mounted }: Facts, bound: ReadonlySet<string>): Mount[] {
  const volumes = mounted.filter(({ Type, Name }) => Type === 'volume' && Name !== undefined)
  const declared = (host.Mounts ?? []).map((mount): Mount => {
    if (mount.Type !== 'volume' || mount.Source) return mount
    const made = volumes.find(({ Destination }) => Destination === mount.Target)
    return { ...mount, Source: made?.Name ?? '' }
  })
  const isKnown = (path: string) => bound.has(path) || declared.some(({ Target }) => Target === path)
  const unnamed = volumes
    .filter(({ Destination }) => !isKnown(Destination))
    .map(
      ({ Name, Destination, RW }): Mount => ({
        Type: 'volume',
        Source: Name ?? '',
        Target: Destination,
        ReadOnly: !RW,
      }),
    )
  return [...declared, ...unnamed]
}

/** The engine tells `/db:/web/alias` of what was given as `db:alias`. */
function readLink(link: string): string {
  const [from = '', to = ''] = link.split(':')
  return `${from.replace(/^\//, '')}:${to.split('/').at(-1)}`
}

/** The networks of a container, its first one first, with what was set and without what the engine gave. */
export function endpointsOf(facts: Facts): [name: string, endpoint: Docker.EndpointSettings][] {
  const { NetworkMode: mode = 'default' } = facts.HostConfig
  const isFirst = (name: string, id: string) =>
    name === mode || id === mode || (mode === 'default' && name === 'bridge')
  return Object.entries(facts.NetworkSettings.Networks)
    .filter(([name]) => !['host', 'none'].includes(name))
    .toSorted(([a, { NetworkID: x }], [b, { NetworkID: y }]) => Number(isFirst(b, y)) - Number(isFirst(a, x)))
    .map(([name, endpoint]) => [name, name === 'bridge' ? {} : ownEndpoint(facts.Id, endpoint)])
}

function ownEndpoint(id: string, endpoint: Docker.EndpointSettings): Docker.EndpointSettings {
  const { IPAMConfig, Links, Aliases, DriverOpts } = endpoint
  return {
    ...(IPAMConfig ? { IPAMConfig } : {}),
    ...(Links ? { Links } : {}),
    // Engines before 25 put the id of the container among them.
    ...(Aliases ? { Aliases: Aliases.filter((alias) => alias !== shortId(id)) } : {}),
    ...(DriverOpts ? { DriverOpts } : {}),
  }
}

/** The part of an id that the engine makes a host name of. */
export function shortId(id: string): string {
  return id.slice(0, 12)
}
