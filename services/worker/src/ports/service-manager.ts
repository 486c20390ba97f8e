import type { ImageName, Service } from '@slipway/core'

/** An image that the engine has, by its digest. */
export interface ServiceImage {
  readonly name: ImageName
  readonly digest: string
  /** The tag it was pushed under, when that is known. */
  readonly tag: string | null
}

/** What the services are told about. */
export interface ReloadRequest {
  readonly project: string
  /** Name of the release that is served now; null for what was there before the first. */
  readonly release: string | null
  /** Name of the release that is left, when this is a way back. */
  readonly leaving: string | null
  /**
   * What `recreate` runs: this image, the one that the container has (`own`), or the one that it had before the first
   * release (`before`), which only the container that was kept still knows.
   */
  readonly image: ServiceImage | 'own' | 'before'
}

/**
 * Tells the containers that serve a site about a new release. What `recreate` replaced is kept, stopped, until `commit`:
 * a request that leaves the release brings it back. A replacement that a dead worker left half done is brought to its
 * end before anything else is done to the same container.
 */
export interface ServiceManager {
  /**
   * Resolves with the names of the containers that were told. Telling twice about one release does no harm.
   * @throws SlipwayError RELOAD_FAILED naming the container or the label; SERVICE_UNHEALTHY when a container that was
   * recreated is not well, with the one before it running again
   */
  reload(service: Service, request: ReloadRequest, signal: AbortSignal): Promise<string[]>
  /** Lets go of the containers that were kept for a project. Its release stays by now. */
  commit(project: string, signal: AbortSignal): Promise<void>
  /** True when every container of the service runs this image, and there is one. */
  runs(service: Service, image: ServiceImage, signal: AbortSignal): Promise<boolean>
}
