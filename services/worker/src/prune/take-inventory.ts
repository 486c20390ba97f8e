import {
  asSlipwayError,
  type Clock,
  type EngineInventory,
  type HostImage,
  type Inventory,
  inTurns,
  type PrunePolicy,
} from '@slipway/core'
import type { HostInventory } from '../ports/host-inventory.ts'
import type { SeenImages } from '../ports/seen-images.ts'
import type { Site } from '../rollout/run.ts'
import { type HoldingsTools, type KnownHoldings, readHoldings } from './holdings.ts'

export interface InventoryTools extends HoldingsTools {
  readonly host: string
  readonly sites: ReadonlyMap<string, Site>
  readonly inventory: HostInventory
  readonly seen: SeenImages
  readonly policy: PrunePolicy
  readonly timer: Clock
}

export interface Taken {
  readonly inventory: Inventory & { readonly projects: readonly KnownHoldings[] }
  /** What could not be looked at, in words; its things are not in it. */
  readonly missing: readonly string[]
  /** False when the engine told nothing at all. */
  readonly hasEngine: boolean
}

/** Each reads all records of its releases. */
const rootsAtOnce = 4
const noEngine: EngineInventory = { images: [], containers: [], networks: [], volumes: [], buildCache: [] }

/** What this host has and what slipway knows of it. An engine that is away leaves the releases to be looked after. */
export async function takeInventory(tools: InventoryTools, signal: AbortSignal): Promise<Taken> {
  const { host, sites, timer } = tools
  // Before the records: an image that came meanwhile is not seen, and one that was seen is known.
  const { engine, missing, hasEngine } = await readEngine(tools, signal)
  const projects = await inTurns([...sites.values()], rootsAtOnce, (site) =>
    readHoldings(tools, site, signal),
  )
  const now = timer.now()
  const seen = await tools.seen.read()
  const images = engine.images.map((image) => withAge(image, seen, now))

  return { inventory: { now, host, projects, engine: { ...engine, images } }, missing, hasEngine }
}

async function readEngine(tools: InventoryTools, signal: AbortSignal) {
  const { volumes, build_cache: buildCache } = tools.policy
  const wish = { volumeSizes: volumes.length > 0, buildCache: buildCache !== undefined }
  try {
    const { inventory, missing } = await tools.inventory.read(wish, signal)
    return { engine: inventory, missing, hasEngine: true }
  } catch (error) {
    signal.throwIfAborted()
    return { engine: noEngine, missing: [asSlipwayError(error).message], hasEngine: false }
  }
}

// A new one counts from now on: a plan that is only looked at and one that is carried out say the same.
function withAge(image: HostImage, seen: ReadonlyMap<string, number>, now: number): HostImage {
  return isOfUnknownAge(image) ? { ...image, firstSeenAt: seen.get(image.id) ?? now } : image
}

function isOfUnknownAge({ namedAt, digests }: HostImage): boolean {
  return namedAt === null && digests.length > 0
}

/** Remembers the images whose age nobody else tells, and forgets those that are gone. */
export async function rememberImages(
  { seen }: Pick<InventoryTools, 'seen'>,
  { engine }: Inventory,
): Promise<void> {
  const known = engine.images.flatMap(({ id, firstSeenAt }) =>
    firstSeenAt ? [[id, firstSeenAt] as const] : [],
  )
  await seen.save(new Map(known))
}
