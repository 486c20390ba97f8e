import type { HostState, Release } from './release.ts'

/** What happens to one release, and why. */
export interface RetentionVerdict {
  readonly release: Release
  readonly keep: boolean
  /** In words, for the log. */
  readonly why: string
}

/**
 * Which releases of a project may go. The one that is served and the one to go back to always stay; of the others the
 * newest that passed their check, until `keep` good ones are there. A failed one never pushes a good one out. Of what was
 * copied and never went live only the newest is one that a run may still take up: a site whose every push fails would
 * fill the disk with the others.
 */
export function planRetention(
  releases: readonly Release[],
  state: HostState,
  keep: number,
): RetentionVerdict[] {
  let good = 0
  const newest = releases.reduce((most, { seq }) => Math.max(most, seq), 0)
  return releases
    .toSorted((a, b) => b.seq - a.seq || b.copiedAt - a.copiedAt || (a.name < b.name ? -1 : 1))
    .map((release) => {
      const isGood = release.status === 'live'
      if (isGood) good += 1
      if (release.name === state.live?.name) return { release, keep: true, why: 'it is live' }
      if (release.name === state.good?.name)
        return { release, keep: true, why: 'it is the one to go back to' }
      if (release.seq > state.seq && (release.seq === newest || release.status !== 'copied'))
        return { release, keep: true, why: 'it is newer than what is live' }
      if (!isGood)
        return { release, keep: false, why: release.status === 'bad' ? 'it is bad' : 'it never went live' }
      return good <= keep
        ? { release, keep: true, why: `it is one of the last ${keep} good ones` }
        : { release, keep: false, why: `${keep} good ones are newer` }
    })
}
