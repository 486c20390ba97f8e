import { copyArchive, type NewManifest } from './copy-archive.ts'
import { copyLayers } from './copy-layers.ts'
import type { KnownManifest } from './known-manifest.ts'
import type { LinkOrder } from './link-helper.ts'
import { resealRelease, verifyRelease } from './verify-release.ts'

/** A stream piece by piece. In the thread to ask for one blocks until it is there. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** What a job in the thread has of the world. */
export interface JobContext {
  /** Throws when the job is to stop. Cheap: to be asked for each entry, and each piece of a large file. */
  readonly check: () => void
  /** To be called before each file is written; a place for faults. */
  readonly onFile: () => void
  /**
   * A stream of the main thread by its number; it is opened there at once. An iteration that is left early closes it.
   * @param instead done for as long as there is nothing to read and it gives true, before the thread waits
   */
  readonly open: (stream: number, instead?: () => boolean) => Pieces
  /** A manifest, perhaps read before the job came. Null when there is none, or when it is not whole. */
  readonly manifest: (path: string) => KnownManifest | null
  /** Has another thread take pieces of a plan of links; settles when it takes no more. Null when nobody helps. */
  readonly help: (order: LinkOrder) => Promise<void> | null
  /** To be told of the manifest of a release that is complete: the next job will probably take over from it. */
  readonly wrote: (manifest: NewManifest) => void
}

/** What the thread can do, by name. Inputs and results are cloned on their way: plain values only. */
export const jobs = {
  archive: copyArchive,
  layers: copyLayers,
  verify: verifyRelease,
  reseal: resealRelease,
}

export type JobName = keyof typeof jobs
export type JobInput<J extends JobName> = Parameters<(typeof jobs)[J]>[0]
export type JobResult<J extends JobName> = Awaited<ReturnType<(typeof jobs)[J]>>
