import { type HostContainer, type HostImage, type HostNetwork, type HostVolume, inTurns } from '@slipway/core'
import type Docker from 'dockerode'
import { abortable } from '../abortable.ts'
import type { HostInventory } from '../ports/host-inventory.ts'
import { dialDocker } from './docker-call.ts'
import { callEngine, statusOf } from './docker-errors.ts'
import { type DiskUsage, readBuildCache, readVolumeSizes, timeIn } from './docker-usage.ts'

const callDeadline = 60_000
/** An engine walks through volumes for this, and others may wait for it meanwhile. */
const usageDeadline = 180_000
/** Single looks that the engine has at once. */
const looksAtOnce = 4
/** What every engine has and does not let go of. */
const builtIn: ReadonlySet<string> = new Set(['bridge', 'host', 'none'])
/** How an engine of old writes that an image has no name. */
const nameless = '<none>'

/** The lists of the engine of this host; single looks only for what the lists do not tell and a plan asks for. */
export function createDockerInventory(docker: Docker): HostInventory {
  return {
    async read({ volumeSizes, buildCache }, signal) {
      const containers = await listContainers(docker, signal)
      // After the containers: what was made in between is without a container, and young.
      const [images, networks, volumes] = await Promise.all([
        listImages(docker, imagesThatRun(containers), signal),
        listNetworks(docker, signal),
        listVolumes(docker, signal),
      ])
      const { usage, why } =
        volumeSizes || buildCache ? await readUsage(docker, { volumeSizes, buildCache }, signal) : nothing
      const sizes = volumeSizes ? readVolumeSizes(usage) : new Map<string, number>()
      const byName = new Map(networks.map(({ Name: name, Id: id }) => [name, id]))
      return {
        missing: why === null ? [] : [why],
        inventory: {
          images,
          containers: containers.map((one) => withIds(one, byName)),
          networks: networks.filter(isOwn).map(readNetwork),
          volumes: volumes.map((one) => ({ ...one, bytes: sizes.get(one.name) ?? null })),
          buildCache: buildCache ? readBuildCache(usage) : [],
        },
      }
    },
  }
}

function imagesThatRun(containers: readonly ListedContainer[]): ReadonlySet<string> {
  return new Set(containers.filter(({ isRunning }) => isRunning).map(({ image }) => image))
}

interface UsageAnswer {
  readonly usage: DiskUsage
  /** Why nothing is known. */
  readonly why: string | null
}

const nothing: UsageAnswer = { usage: {}, why: null }

async function listImages(
  docker: Docker,
  running: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<HostImage[]> {
  const images = await callEngine('listing images', signal, () =>
    docker.listImages({ abortSignal: limited(signal) }),
  )
  return inTurns(images, looksAtOnce, async (image) => ({
    id: image.Id,
    tags: (image.RepoTags ?? []).filter((name) => !name.startsWith(nameless)),
    digests: (image.RepoDigests ?? []).filter((name) => !name.startsWith(nameless)),
    builtAt: image.Created * 1_000,
    // One that a container runs stays, however young or old it is.
    namedAt: running.has(image.Id) ? null : await readNamedAt(docker, image.Id, signal),
    bytes: image.Size,
    labels: image.Labels ?? {},
  }))
}

async function readNamedAt(docker: Docker, id: string, signal: AbortSignal): Promise<number | null> {
  const inspect = () => abortable(docker.getImage(id).inspect(), limited(signal))
  const facts = await unlessGone(`looking at the image ${id}`, signal, inspect)
  return timeIn((facts as { Metadata?: { LastTagTime?: string } } | null)?.Metadata?.LastTagTime)
}

/** As far as the list tells it; a network that a container was never started in has no id there. */
interface ListedContainer extends Omit<HostContainer, 'networks'> {
  readonly networkNames: readonly string[]
}

async function listContainers(docker: Docker, signal: AbortSignal): Promise<ListedContainer[]> {
  const listed = await callEngine('listing containers', signal, () =>
    docker.listContainers({ all: true, abortSignal: limited(signal) }),
  )
  return inTurns(listed, looksAtOnce, async (one) => {
    const isRunning = !['created', 'exited', 'dead'].includes(one.State)
    return {
      id: one.Id,
      name: one.Names?.[0]?.replace(/^\//, '') ?? one.Id,
      image: one.ImageID,
      isRunning,
      createdAt: one.Created * 1_000,
      endedAt: isRunning ? null : await readEndedAt(docker, one.Id, signal),
      labels: one.Labels ?? {},
      volumes: (one.Mounts ?? []).flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
      networkNames: Object.keys(one.NetworkSettings?.Networks ?? {}),
      // Asking for it makes an engine look at every file that a container wrote.
      bytes: 0,
    }
  })
}

async function readEndedAt(docker: Docker, id: string, signal: AbortSignal): Promise<number | null> {
  const inspect = () => docker.getContainer(id).inspect({ abortSignal: limited(signal) })
  const facts = await unlessGone(`looking at the container ${id}`, signal, inspect)
  return timeIn(facts?.State.FinishedAt)
}

function withIds(
  { networkNames, ...rest }: ListedContainer,
  ids: ReadonlyMap<string, string>,
): HostContainer {
  return { ...rest, networks: networkNames.flatMap((name) => ids.get(name) ?? []) }
}

function listNetworks(docker: Docker, signal: AbortSignal): Promise<Docker.NetworkInspectInfo[]> {
  return callEngine('listing networks', signal, () => docker.listNetworks({ abortSignal: limited(signal) }))
}

function isOwn({ Name: name, Scope: scope, Ingress: isIngress }: Docker.NetworkInspectInfo): boolean {
  return !builtIn.has(name) && scope === 'local' && isIngress !== true
}

function readNetwork({ Id: id, Name: name, Created, Labels }: Docker.NetworkInspectInfo): HostNetwork {
  // What cannot be told is as young as can be.
  return { id, name, createdAt: timeIn(Created) ?? Date.now(), labels: Labels ?? {} }
}

async function listVolumes(docker: Docker, signal: AbortSignal): Promise<Omit<HostVolume, 'bytes'>[]> {
  const { Volumes } = await callEngine('listing volumes', signal, () =>
    docker.listVolumes({ abortSignal: limited(signal) }),
  )
  return (Volumes ?? []).map((one) => ({
    name: one.Name,
    createdAt: timeIn((one as { CreatedAt?: string }).CreatedAt),
    labels: one.Labels ?? {},
  }))
}

/** An engine that does not answer this in time still has its lists. */
async function readUsage(
  docker: Docker,
  wish: { readonly volumeSizes: boolean; readonly buildCache: boolean },
  signal: AbortSignal,
): Promise<UsageAnswer> {
  const type = [...(wish.volumeSizes ? ['volume'] : []), ...(wish.buildCache ? ['build-cache'] : [])]
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(usageDeadline)])
  try {
    // Engines of old do not know types, and tell of all.
    const request = { method: 'GET', path: '/system/df', query: { type }, signal: deadline } as const
    const answer = await callEngine('asking what takes space', signal, () => dialDocker(docker, request))
    return { usage: answer as DiskUsage, why: null }
  } catch (error) {
    signal.throwIfAborted()
    return {
      usage: {},
      why: `${type.join(' and ')}: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

async function unlessGone<T>(doing: string, signal: AbortSignal, look: () => Promise<T>): Promise<T | null> {
  return callEngine(doing, signal, async () => {
    try {
      return await look()
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw error
    }
  })
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callDeadline)])
}
