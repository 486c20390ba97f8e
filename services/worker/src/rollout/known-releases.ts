import { currentTarget, type KnownRelease } from '@slipway/core'
import type { Site } from './run.ts'

/** Bad ones and unfinished walks come on top of what `keep` counts; more than so many of them nobody asks about. */
const others = 5

/** The releases of a project, the newest first, as they are told to whoever cannot look at this disk. */
export async function readKnownReleases({ releases, config }: Site): Promise<KnownRelease[]> {
  const [all, state, current] = await Promise.all([releases.releases(), releases.state(), releases.current()])
  const newest = all.toSorted((a, b) => b.seq - a.seq).slice(0, config.release.keep + others)
  return Promise.all(
    newest.map(async (release) => {
      const { name, digest, tag, status, seq, copiedAt } = release
      const live = state.live?.name === name && current === currentTarget(release)
      return { name, digest, tag, status, seq, copiedAt, present: await releases.isPresent(release), live }
    }),
  )
}
