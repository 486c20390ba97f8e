import type { Readable } from 'node:stream'
import type { HostState, Project, Release, Source, SwitchIntent } from '@slipway/core'

export interface CopyRequest {
  readonly release: Release
  readonly archive: Readable
  readonly source: Source
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  readonly signal: AbortSignal
}

export interface CopyReport {
  readonly files: number
  readonly bytes: number
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
  /**
   * Writes a release under a temporary name; it takes its own only when it is complete and on the disk.
   * @throws SlipwayError ARCHIVE_BROKEN, SOURCE_REFUSED, SOURCE_TOO_LARGE, SOURCE_MISSING
   */
  copy(request: CopyRequest): Promise<CopyReport>
  /** @throws SlipwayError SHARED_PATH_REFUSED */
  linkShared(release: Release, project: Project['release'], signal: AbortSignal): Promise<void>
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
  /** Deletes folder and record. Links in it are not followed. */
  remove(release: Release): Promise<void>
  /** True when the folder of the release is there. */
  isPresent(release: Release): Promise<boolean>
  /** True when a died run left something that `prepare` would sweep. Needs no mutex. */
  hasLeftovers(): Promise<boolean>
  /** The mark of the Redis that this host last worked with; null when it never wrote one. Needs no mutex. */
  epoch(): Promise<string | null>
  saveEpoch(epoch: string): Promise<void>
}
