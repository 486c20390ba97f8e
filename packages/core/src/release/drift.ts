/** What lies in a release other than its manifest says. Paths are relative to the release, sorted. */
export interface Drift {
  /** Not in the manifest: a web shell shows up here. What lies below a `writable` folder is not counted. */
  readonly added: readonly string[]
  /** Other content, mode, kind or target than the manifest has. */
  readonly changed: readonly string[]
  readonly missing: readonly string[]
  /** How many there are of each kind, when the lists above were cut. */
  readonly counts: { readonly added: number; readonly changed: number; readonly missing: number }
}

/** Of each kind so many paths are told; the rest is counted. */
export const mostDriftPaths = 200

/** What came of comparing a release with its manifest. */
export interface DriftReport extends Drift {
  readonly release: string
  readonly digest: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Files whose content was read, and files that were looked at. */
  readonly read: number
  readonly files: number
}

/** True when the release is what its manifest says. */
export function isClean({ counts }: Pick<Drift, 'counts'>): boolean {
  return counts.added + counts.changed + counts.missing === 0
}
