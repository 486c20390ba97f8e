import { type DriftReport, isClean } from './drift.ts'

/** What came of looking whether the live release of a project on a host is what its manifest says. */
export interface Verification {
  readonly project: string
  readonly host: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** True when only files whose inode facts differ were read, false when the content of all was. */
  readonly quick: boolean
  /** `busy` and `failed`: nothing was found out; `errorCode` and `why` say the rest. */
  readonly outcome: 'clean' | 'drift' | 'busy' | 'failed'
  /** Null when nothing was found out. */
  readonly report: DriftReport | null
  /** What the link `current` holds, when that is not the live release; that is drift too. */
  readonly strayed: { readonly to: string | null } | null
  readonly errorCode: string | null
  readonly why: string | null
}

/** Characters of the paths that are kept of each kind: names are made by whoever could write there. */
const longestList = 20_000

/** The same report with lists that no number and no length of names makes large; the counts stay. */
export function boundReport(report: DriftReport): DriftReport {
  const { added, changed, missing } = report
  return { ...report, added: bounded(added), changed: bounded(changed), missing: bounded(missing) }
}

export function isAsExpected({ report, strayed }: Pick<Verification, 'report' | 'strayed'>): boolean {
  return strayed === null && report !== null && isClean(report)
}

/** True when two looks found the very same drift, so that who heard of one need not hear of the other. */
export function isSameDrift(a: Verification, b: Verification): boolean {
  return a.outcome === 'drift' && b.outcome === 'drift' && findingOf(a) === findingOf(b)
}

function findingOf({ report, strayed }: Verification): string {
  const { release, added, changed, missing, counts } = report ? boundReport(report) : {}
  const numbers = [counts?.added, counts?.changed, counts?.missing]
  return JSON.stringify([release, added, changed, missing, numbers, strayed])
}

function bounded(paths: readonly string[]): string[] {
  const kept: string[] = []
  let length = 0
  for (const path of paths) {
    length += path.length
    if (length > longestList) break
    kept.push(path)
  }
  return kept
}
