import type { Readable } from 'node:stream'
import type { DriftReport, HostState, Release, ReleaseSettings, Source, SwitchIntent } from '@slipway/core'
import type { LayerDescriptor, PlatformManifest } from '@slipway/registry'

export interface CopyRequest {
  readonly release: Release
  readonly archive: Readable
  readonly source: Source
  readonly settings: ReleaseSettings
  /** For the manifest; see there. */
  readonly layers: readonly string[] | null
  /** A release to take over from what is the same in both; null: all is written. */
  readonly previous: Release | null
  readonly signal: AbortSignal
}

/** How the content of a release came here: as an archive of the whole source, or by the layers that changed. */
export type CopyWay = 'archive' | 'layers'

export interface CopyReport {
  readonly way: CopyWay
  /** Of the source, with what `shared/` has already. */
  readonly files: number
  readonly bytes: number
  /** Files that are hard links to those of the release before. */
  readonly linked: number
  readonly written: number
  readonly writtenBytes: number
}

export interface LayersRequest extends Omit<CopyRequest, 'archive' | 'layers' | 'previous'> {
  readonly previous: Release
  readonly image: PlatformManifest
  /** Layers of the image of `previous`; null when nobody tells them any more. */
  readonly before: readonly LayerDescriptor[] | null
  /** Opens the blob of one of these layers. */
  readonly fetch: (layer: LayerDescriptor) => Promise<Readable>
}

export interface LayersReport extends CopyReport {
  /** Layers that were read; the others are as in the release before. */
  readonly fetchedLayers: number
  readonly fetchedBytes: number
}

/** Why a release cannot be made from layers: nobody's fault, and nothing is left of it. */
export interface NotFromLayers {
  readonly unfit: string
}

/**
 * What lies below the release root of one project. The caller holds the mutex of the project.
 * @throws SlipwayError RELEASE_STORE_FAILED, DISK_FULL by all of them
 */
export interface ReleaseStore {
  /** Makes the folders that are missing and sweeps what died runs left. */
  prepare(): Promise<void>
  state(): Promise<HostState>
  saveState(state: HostState): Promise<void>
  /** The copied release of this seq and digest, when an earlier run got that far. */
  findCopied(seq: number, digest: string): Promise<Release | null>
  /** A copy that takes over from `previous` is coming: what takes time begins already. Harmless when none comes. */
  expectCopy(previous: Release | null): void
  /**
   * Writes a release under a temporary name; it takes its own only when it is complete and on the disk, with a manifest
   * of what is in it. Files that the release before has unchanged are taken over from there as hard links, but for
   * those in writable folders; a change in a release never reaches a newer one.
   * @throws SlipwayError ARCHIVE_BROKEN, SOURCE_REFUSED, SOURCE_TOO_LARGE, SOURCE_MISSING
   */
  copy(request: CopyRequest): Promise<CopyReport>
  /**
   * Makes the same release without the whole source: from the layers that the images do not share, and the release
   * before. Whatever is in the way, of the registry as of the image, is for the other way to cope with or to refuse.
   */
  copyLayers(request: LayersRequest): Promise<LayersReport | NotFromLayers>
  /** Makes a release without a file, for an image that is run and not copied. */
  createEmpty(release: Release): Promise<void>
  /** @throws SlipwayError SHARED_PATH_REFUSED */
  linkShared(release: Release, settings: ReleaseSettings, signal: AbortSignal): Promise<void>
  /** True when a manifest of this release is there, and its folder. */
  hasManifest(release: Release): Promise<boolean>
  /**
   * Compares a release with its manifest, without following a link. `full` reads the content of every file, else only
   * of those that something happened to.
   * @throws SlipwayError RELEASE_UNKNOWN when it has no manifest or no folder
   */
  verify(
    release: Release,
    options: { readonly full: boolean; readonly signal: AbortSignal },
  ): Promise<DriftReport>
  /**
   * Brings the manifest up to date where the disk says that something happened to a file whose content is right, as
   * deleting an older release does. Resolves with the number of such files.
   * @throws SlipwayError RELEASE_UNKNOWN when it has no manifest or no folder
   */
  reseal(release: Release, signal: AbortSignal): Promise<number>
  saveRelease(release: Release): Promise<void>
  /** What the link `current` holds; null when there is none. */
  current(): Promise<string | null>
  /** Points `current` at a release by one rename. */
  switchTo(release: Release): Promise<void>
  /** Points `current` at what it held before slipway came, or takes it away when it was not there. */
  restore(target: string | null): Promise<void>
  intent(): Promise<SwitchIntent | null>
  saveIntent(intent: SwitchIntent): Promise<void>
  clearIntent(): Promise<void>
  /** Every release that has a record, in no order; its folder may be gone. */
  releases(): Promise<Release[]>
  /**
   * Deletes folder, manifest and record. Links in it are not followed. When the signal fires first the record stays, so
   * that the rest can be deleted later.
   */
  remove(release: Release, signal?: AbortSignal): Promise<void>
  /** True when the folder of the release is there. */
  isPresent(release: Release): Promise<boolean>
  /** True when something has this path in the folder of the release; links are followed. */
  has(release: Release, path: string): Promise<boolean>
  /** True when a died run left something that `prepare` would sweep. Needs no mutex. */
  hasLeftovers(): Promise<boolean>
  /** The mark of the Redis that this host last worked with; null when it never wrote one. Needs no mutex. */
  epoch(): Promise<string | null>
  saveEpoch(epoch: string): Promise<void>
}
