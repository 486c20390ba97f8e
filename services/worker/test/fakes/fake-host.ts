import type {
  BuildCacheEntry,
  EngineInventory,
  HostContainer,
  HostImage,
  HostNetwork,
  HostVolume,
} from '@slipway/core'
import type { Deletion, HostDeletions } from '../../src/ports/host-deletions.ts'
import type { HostInventory } from '../../src/ports/host-inventory.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What a host has, for a test to change at any time. */
export interface FakeHost extends HostInventory, HostDeletions {
  readonly has: {
    readonly images: Map<string, Writable<HostImage>>
    readonly containers: Map<string, Writable<HostContainer>>
    readonly networks: Map<string, HostNetwork>
    readonly volumes: Map<string, HostVolume>
    readonly buildCache: Map<string, BuildCacheEntry & { readonly parent?: string }>
  }
  /** All that was asked to be deleted, in words. */
  readonly asked: string[]
  /** Called before each deletion; what it throws is what the engine says. */
  onDelete: (what: string) => void | Promise<void>
  /** What the engine says instead of its lists. */
  fails: Error | null
}

const deleted: Deletion = { kind: 'deleted' }
const gone: Deletion = { kind: 'gone' }

export function createFakeHost(): FakeHost {
  const has: FakeHost['has'] = {
    images: new Map(),
    containers: new Map(),
    networks: new Map(),
    volumes: new Map(),
    buildCache: new Map(),
  }

  async function begin(what: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    host.asked.push(what)
    await host.onDelete(what)
  }

  const userOf = (isIt: (container: HostContainer) => boolean) => [...has.containers.values()].find(isIt)
  const inUse = (container: HostContainer): Deletion => ({
    kind: 'needed',
    why: `in use by ${container.name}`,
  })

  function isBuiltOn(id: string): boolean {
    return [...has.buildCache.values()].some(({ parent }) => parent === id)
  }

  const host: FakeHost = {
    has,
    asked: [],
    onDelete: () => {},
    fails: null,
    async read({ volumeSizes, buildCache }, signal) {
      signal.throwIfAborted()
      if (host.fails) throw host.fails
      const inventory: EngineInventory = {
        images: [...has.images.values()],
        containers: [...has.containers.values()],
        networks: [...has.networks.values()],
        volumes: [...has.volumes.values()].map((one) => (volumeSizes ? one : { ...one, bytes: null })),
        buildCache: buildCache ? [...has.buildCache.values()] : [],
      }
      return { inventory: structuredClone(inventory), missing: [] }
    },
    async image({ id, names, known }, signal) {
      await begin(`image ${names.join(' ')}`, signal)
      const image = has.images.get(id)
      if (!image) return gone
      const added = [...image.tags, ...image.digests].filter((name) => !known.includes(name))
      if (added.length > 0) return { kind: 'needed', why: `it is called ${added.join(', ')} by now` }
      const user = userOf((container) => container.image === id)
      for (const name of names) {
        const left = [...image.tags, ...image.digests].filter((one) => one !== name)
        if (left.length === 0 && user) return inUse(user)
        image.tags = image.tags.filter((one) => one !== name)
        image.digests = image.digests.filter((one) => one !== name)
        if (left.length === 0) has.images.delete(id)
      }
      return deleted
    },
    async container(id, signal) {
      await begin(`container ${id}`, signal)
      const container = has.containers.get(id)
      if (container?.isRunning) return inUse(container)
      return has.containers.delete(id) ? deleted : gone
    },
    async network(id, signal) {
      await begin(`network ${id}`, signal)
      const user = userOf((container) => container.isRunning && container.networks.includes(id))
      if (user) return inUse(user)
      return has.networks.delete(id) ? deleted : gone
    },
    async volume(name, signal) {
      await begin(`volume ${name}`, signal)
      const user = userOf((container) => container.volumes.includes(name))
      if (user) return inUse(user)
      return has.volumes.delete(name) ? deleted : gone
    },
    async buildCache(ids, signal) {
      await begin(`build cache ${ids.join(' ')}`, signal)
      const done = new Map<string, Deletion>()
      for (const id of ids.toReversed()) {
        const entry = has.buildCache.get(id)
        const isNeeded = entry?.isInUse === true || isBuiltOn(id)
        if (!isNeeded) has.buildCache.delete(id)
        done.set(id, isNeeded ? { kind: 'needed', why: 'it is in use' } : deleted)
      }
      return done
    },
  }
  return host
}
