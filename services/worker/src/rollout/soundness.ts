import { asSlipwayError, type Release } from '@slipway/core'
import type { Run } from './run.ts'

/** So many paths of each kind are told in the log; the rest is counted. */
const told = 5

/**
 * Looks whether a release still is what was copied, before it is switched to again. What was added to it is told and does
 * not count: it may be the site's own. A release from before there were manifests is as sound as it can be seen to be.
 */
export async function isSound(run: Run, release: Release, signal: AbortSignal): Promise<boolean> {
  const { site, report } = run
  // The release of an image that is run has no file that could be another one.
  if (!site.config.source) return true
  try {
    const { added, changed, missing, counts } = await site.releases.verify(release, { full: false, signal })
    tell('added since', added, counts.added)
    tell('changed', changed, counts.changed)
    tell('missing', missing, counts.missing)
    return counts.changed + counts.missing === 0
  } catch (error) {
    signal.throwIfAborted()
    if (asSlipwayError(error).code !== 'RELEASE_UNKNOWN') throw error
  }
  report.line(`[resolve] ${release.name} has no manifest; what it must have is all that is looked for`)
  return hasWhatItMust(run, release)

  function tell(what: string, paths: readonly string[], count: number): void {
    if (count === 0) return
    const more = count > told ? ', …' : ''
    report.line(`[resolve] ${release.name}: ${count} ${what}: ${paths.slice(0, told).join(', ')}${more}`)
  }
}

async function hasWhatItMust({ site, report }: Run, release: Release): Promise<boolean> {
  for (const path of site.config.source?.require ?? []) {
    if (await site.releases.has(release, path)) continue
    report.line(`[resolve] ${release.name} has no ${path}`)
    return false
  }
  return true
}
