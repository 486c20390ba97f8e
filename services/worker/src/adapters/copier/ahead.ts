import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type KnownManifest, knowManifest, stampOf } from './known-manifest.ts'
import { type LinkHelper, startLinkHelper } from './link-helper.ts'

/** Bytes of a manifest, of some 4,000 files, from which on a second thread saves more than it costs. */
const worthHelp = 1_000_000

/** What a thread does before its job is known, and keeps for it. */
export interface Ahead {
  /** Reads a manifest, and has a helper do so where one will probably be of use. What was read before is let go. */
  read(path: string): void
  /** A manifest as it is now. Null when there is none, or when it is not whole. */
  manifest(path: string): KnownManifest | null
  /** Who helps to link files of this manifest; null when that is not worth it. */
  helper(path: string): LinkHelper | null
  /** A job is over, and was told to stop: when this settles, the helper touches nothing of it any more. */
  quiet(): Promise<void>
  /** Lets go of what was read. */
  rest(): void
}

export function createAhead(): Ahead {
  let known: KnownManifest | null = null
  let helper: LinkHelper | null = null
  /** What the helper has read. */
  let readThere: string | null = null

  async function quiet(): Promise<void> {
    if (!helper || (await helper.rests())) return
    helper = null
    readThere = null
  }

  function helperFor(path: string): LinkHelper | null {
    if (!isWorthHelp(path)) return null
    helper ??= startLinkHelper()
    if (readThere !== path) helper.read(path)
    readThere = path
    return helper
  }

  /** The job, if it comes meanwhile, need not wait for all of it. */
  function parseInTurns(): void {
    if (known?.parseSome()) setImmediate(parseInTurns)
  }

  return {
    quiet,
    helper: helperFor,
    read(path) {
      known = null
      try {
        known = knowManifest(path)
        // Of a single layer there is nothing that the next image could share.
        if ((known?.lines.head.layers?.length ?? 0) > 1) helperFor(path)
        parseInTurns()
      } catch {
        // The job, if one comes, meets the same and says it.
      }
    },
    manifest(path) {
      if (known?.path !== path || known.stamp !== stampOf(path)) known = knowManifest(path)
      return known
    },
    rest() {
      known = null
      if (readThere !== null) helper?.read(null)
      readThere = null
    },
  }
}

function isWorthHelp(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return size >= worthHelp && availableParallelism() > 1
}
