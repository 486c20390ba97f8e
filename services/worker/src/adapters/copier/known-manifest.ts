import { statSync } from 'node:fs'
import type { ManifestEntry } from '../../manifest/manifest.ts'
import type { Manifest } from '../../manifest/manifest-file.ts'
import { type ManifestLines, readManifestLines } from '../../manifest/manifest-lines.ts'

/** A manifest with its entries by their places. */
export interface ListedManifest extends Manifest {
  readonly list: readonly ManifestEntry[]
}

/** A manifest as it was read once; its entries are parsed when they are asked for. */
export interface KnownManifest {
  readonly path: string
  /** Other when the file is another one: manifests are replaced, and never written to. */
  readonly stamp: string
  readonly lines: ManifestLines
  /** Parses some more of them; false when there are no more. */
  parseSome(): boolean
  /** All of it; null when it is broken somewhere. */
  whole(): ListedManifest | null
}

/** Entries that are parsed at a time: some milliseconds. */
const some = 2_000
/** Of those, in one piece of text. */
const atOnce = 500

/** Null when there is none, or when it is not whole. Synchronous. */
export function knowManifest(path: string): KnownManifest | null {
  // Before it is read: one that takes its place meanwhile is told from it later.
  const stamp = stampOf(path)
  const lines = readManifestLines(path)
  if (stamp === null || !lines) return null
  const list: ManifestEntry[] = []
  const entries = new Map<string, ManifestEntry>()
  let isBroken = false

  /** Until there are so many. */
  function parse({ length, parse: read }: ManifestLines, most: number): void {
    try {
      while (!isBroken && list.length < Math.min(most, length)) {
        for (const entry of read(list.length, Math.min(list.length + atOnce, length))) {
          list.push(entry)
          entries.set(entry.path, entry)
        }
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      isBroken = true
    }
  }

  return {
    ...{ path, stamp, lines },
    parseSome() {
      parse(lines, list.length + some)
      return !isBroken && list.length < lines.length
    },
    whole() {
      parse(lines, lines.length)
      return isBroken ? null : { head: lines.head, entries, list }
    },
  }
}

/** Null when nothing is there. */
export function stampOf(path: string): string | null {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false })
  return facts ? [facts.dev, facts.ino, facts.size, facts.mtimeNs].join('-') : null
}
