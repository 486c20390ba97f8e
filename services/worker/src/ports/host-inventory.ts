import type { EngineInventory } from '@slipway/core'

/** What is asked for besides the lists that an engine gives at once. */
export interface InventoryWish {
  /** Sizes of the volumes: an engine looks at every file in them. */
  readonly volumeSizes: boolean
  readonly buildCache: boolean
}

export interface EngineLook {
  readonly inventory: EngineInventory
  /** What could not be asked for and is left out, in words. */
  readonly missing: readonly string[]
}

/** All that the engine of this host has. */
export interface HostInventory {
  /**
   * Lists it. The networks that an engine cannot be without are no part of it, nor those that span hosts. What goes
   * between two of its looks is left out.
   * @throws SlipwayError ENGINE_UNAVAILABLE (retryable), ENGINE_FAILED
   */
  read(wish: InventoryWish, signal: AbortSignal): Promise<EngineLook>
}
