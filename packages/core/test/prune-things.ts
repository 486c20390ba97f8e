import type {
  EngineInventory,
  HostContainer,
  HostImage,
  HostNetwork,
  HostVolume,
  Inventory,
  ProjectHoldings,
} from '../src/prune/inventory.ts'
import type { PrunePlan, PrunePolicy } from '../src/prune/item.ts'
import type { Release } from '../src/release/release.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const now = Date.UTC(2026, 10, 28)

/** The default policy, and what a test says otherwise. */
export function policy(over: Partial<PrunePolicy> = {}): PrunePolicy {
  return {
    ...{ min_age: HOUR, unowned: 'keep', older_than: 7 * DAY, containers: 'keep', networks: 'keep' },
    ...{ labels: [], volumes: [], notify: 'problems' },
    ...over,
  }
}

/** A digest that is told by its number. */
export function digest(number: number): string {
  return `sha256:${number.toString(16).padStart(12, '0').padEnd(64, '0')}`
}

export function release(seq: number, over: Partial<Release> = {}): Release {
  const found = over.digest ?? digest(seq)
  return {
    name: `${seq}-${found.slice(7, 19)}-aaaa`,
    ...{ seq, digest: found, image: 'registry.example.com/acme/shop', tag: 'latest', deployment: `d${seq}` },
    ...{ copiedAt: now - 30 * DAY, migratedAt: null, status: 'live' },
    ...over,
  }
}

/** The last of the good releases is live. */
export function holdings(project: string, over: Partial<ProjectHoldings> = {}): ProjectHoldings {
  const releases = over.releases ?? []
  const live = releases.findLast(({ status }) => status === 'live') ?? null
  return {
    ...{ project, image: `registry.example.com/${project}`, keep: 5, releases },
    ...{ state: { live, good: live, seq: live?.seq ?? 0 }, wanted: [], untouchable: null },
    ...over,
  }
}

export function image(id: string, over: Partial<HostImage> = {}): HostImage {
  return {
    ...{ id, tags: [], digests: [], builtAt: now - 90 * DAY, namedAt: null, bytes: 1_000, labels: {} },
    ...over,
  }
}

export function container(name: string, over: Partial<HostContainer> = {}): HostContainer {
  return {
    ...{ id: `id-of-${name}`, name, image: 'image', isRunning: false, createdAt: now - 40 * DAY },
    ...{ endedAt: null, labels: {}, volumes: [], networks: [], bytes: 0 },
    ...over,
  }
}

export function network(name: string, over: Partial<HostNetwork> = {}): HostNetwork {
  return { id: `id-of-${name}`, name, createdAt: now - 40 * DAY, labels: {}, ...over }
}

export function volume(name: string, over: Partial<HostVolume> = {}): HostVolume {
  return { name, createdAt: now - 40 * DAY, labels: {}, bytes: null, ...over }
}

export function inventory({
  projects = [],
  ...engine
}: Partial<EngineInventory> & { projects?: readonly ProjectHoldings[] }): Inventory {
  const nothing = { images: [], containers: [], networks: [], volumes: [], buildCache: [] }
  return { now, host: 'local', projects, engine: { ...nothing, ...engine } }
}

/** A plan in lines that can be read. */
export function verdicts({ items }: PrunePlan): string[] {
  return items.map(({ kind, name, keep, why }) => `${kind} ${name} ${keep ? 'keep' : 'delete'} ${why}`)
}
