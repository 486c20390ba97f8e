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
  /** When the engine last gave it a name: at the pull, for most. Null where the engine does not tell. */
  readonly namedAt: number | null
  readonly bytes: number
  readonly labels: Readonly<Record<string, string>>
}

export interface HostContainer {
  readonly id: string
  readonly name: string
  /** Id of its image. */
  readonly image: string
  readonly isRunning: boolean
  readonly createdAt: number
  /** Null as long as it has not ended, and where the engine does not tell. */
  readonly endedAt: number | null
  readonly labels: Readonly<Record<string, string>>
  /** Names of the volumes it uses. */
  readonly volumes: readonly string[]
  /** Ids of its networks. */
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
  readonly state: HostState
  /** Digests of deploys that are wanted or under way, as far as they are known. */
  readonly wanted: readonly string[]
  /**
   * Set when nothing of this project may be touched now, with the reason in words: "a deploy is under way", "its records
   * cannot be read". Everything that it holds is kept.
   */
  readonly untouchable: string | null
}

/** All that a plan is made of. */
export interface Inventory {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly host: string
  readonly projects: readonly ProjectHoldings[]
  readonly engine: EngineInventory
}
