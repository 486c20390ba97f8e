import type { Service } from '../config/service.ts'
import type { HostState, Release } from '../release/release.ts'

/** An image as the engine lists it. Times are milliseconds since 1970, sizes bytes. */
export interface HostImage {
  /** `sha256:…` of its configuration; what a container names. */
  readonly id: string
  /** `repository:tag`; empty for a dangling one. */
  readonly tags: readonly string[]
  /** `repository@sha256:…`: as it was pulled. */
  readonly digests: readonly string[]
  /** When the image was built, which says nothing about when it came here. */
  readonly builtAt: number
  /**
   * When the engine last gave it a tag. Null where the engine does not tell, as of one that was pulled by its digest alone;
   * some engines say the year 1 then, which is null here.
   */
  readonly namedAt: number | null
  /**
   * When a prune of this host first saw it, where somebody keeps account of that. What has neither this nor `namedAt` and
   * was pulled is of an age that nobody knows, and stays.
   */
  readonly firstSeenAt?: number | null
  readonly bytes: number
  readonly labels: Readonly<Record<string, string>>
}

export interface HostContainer {
  readonly id: string
  readonly name: string
  /** Id of its image. */
  readonly image: string
  /** True also when it is paused or about to start again. */
  readonly isRunning: boolean
  readonly createdAt: number
  /** Null as long as it has not ended, and where the engine does not tell. */
  readonly endedAt: number | null
  readonly labels: Readonly<Record<string, string>>
  /** Names of the volumes it uses, those without a name of their own too. */
  readonly volumes: readonly string[]
  /** Ids of its networks, or names where the engine tells no id. */
  readonly networks: readonly string[]
  readonly bytes: number
}

export interface HostNetwork {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly labels: Readonly<Record<string, string>>
}

export interface HostVolume {
  readonly name: string
  readonly createdAt: number | null
  readonly labels: Readonly<Record<string, string>>
  /** Null where the engine does not tell. */
  readonly bytes: number | null
}

export interface BuildCacheEntry {
  readonly id: string
  readonly bytes: number
  readonly isInUse: boolean
  readonly isShared: boolean
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** What the engine has. */
export interface EngineInventory {
  readonly images: readonly HostImage[]
  readonly containers: readonly HostContainer[]
  readonly networks: readonly HostNetwork[]
  readonly volumes: readonly HostVolume[]
  readonly buildCache: readonly BuildCacheEntry[]
}

/** What slipway knows of one project on this host. */
export interface ProjectHoldings {
  readonly project: string
  /** `registry/repository`. */
  readonly image: string
  /** `release.keep`. */
  readonly keep: number
  readonly releases: readonly Release[]
  /**
   * As it is between two walks. Where a switch is noted and not yet decided, the project is untouchable, since what it
   * goes back to stands in that note.
   */
  readonly state: HostState
  /** Digests of deploys that are wanted or under way, as far as they are known. */
  readonly wanted: readonly string[]
  /**
   * Set when nothing of this project may be touched now, with the reason in words: "a deploy is under way", "its records
   * cannot be read". Everything that it holds is kept.
   */
  readonly untouchable: string | null
  /** Of its configuration: the containers in these are the project's own, also when they stand still. Default: none. */
  readonly services?: readonly Pick<Service, 'container' | 'label'>[]
  /** Names of networks that its configuration speaks of, such as that of its migration. Default: none. */
  readonly networks?: readonly string[]
}

/** All that a plan is made of. */
export interface Inventory {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly host: string
  readonly projects: readonly ProjectHoldings[]
  readonly engine: EngineInventory
}
