import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { ManifestHead } from '../../manifest/manifest.ts'
import type { NewManifest } from './copy-archive.ts'
import { type KnownManifest, knowManifest, stampOf } from './known-manifest.ts'
import { type LinkHelper, startLinkHelper } from './link-helper.ts'

/** Bytes of a manifest, of some 4,000 files, from which on a second thread saves more than it costs. */
const worthHelp = 1_000_000

/** What a thread does before its job is known, and keeps for it. */
export interface Ahead {
  /** Reads a manifest, and has a helper ready where one will probably be of use. What was read before is let go. */
  read(path: string): void
  /** A copy will take over from this release: where a helper will probably be of use, it starts when the job is over. */
  expect(manifest: NewManifest): void
  /** A manifest as it is now. Null when there is none, or when it is not whole. */
  manifest(path: string): KnownManifest | null
  /** Who helps to link files of a manifest of so many bytes; null when that is not worth it. */
  helper(bytes: number): LinkHelper | null
  /** A job is over, and was told to stop: when this settles, the helper touches nothing of it any more. */
  quiet(): Promise<void>
  /** Between two jobs: lets go of what was read, and makes ready what the next one needs. */
  rest(): void
}

export function createAhead(): Ahead {
  let known: KnownManifest | null = null
  let helper: LinkHelper | null = null
  let expected: NewManifest | null = null

  async function quiet(): Promise<void> {
    if (helper && !(await helper.rests())) helper = null
  }

  function helperFor(bytes: number): LinkHelper | null {
    if (bytes < worthHelp || availableParallelism() === 1) return null
    helper ??= startLinkHelper()
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
        if (known && isShareable(known.lines.head)) helperFor(known.lines.text.bytes.length)
        parseInTurns()
      } catch {
        // The job, if one comes, meets the same and says it.
      }
    },
    expect(manifest) {
      expected = manifest
    },
    manifest(path) {
      if (known?.path !== path || known.stamp !== stampOf(path)) known = knowManifest(path)
      return known
    },
    rest() {
      known = null
      try {
        if (expected && isShareable(expected.head)) helperFor(statSync(expected.path).size)
      } catch {
        // The next copy starts it, or says why not.
      }
      expected = null
    },
  }
}

/** Of a single layer there is nothing that the next image could share. */
function isShareable({ layers }: ManifestHead): boolean {
  return (layers?.length ?? 0) > 1
}
