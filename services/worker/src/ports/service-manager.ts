import type { Service } from '@slipway/core'

/** Tells the containers that serve a site about a new release. */
export interface ServiceManager {
  /** @throws SlipwayError RELOAD_FAILED naming the container */
  reload(service: Service, signal: AbortSignal): Promise<void>
}
