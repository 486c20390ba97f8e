import {
  asSlipwayError,
  currentTarget,
  isAsExpected,
  type Release,
  SlipwayError,
  type Verification,
} from '@slipway/core'
import type { HeldMutex, ProjectMutex } from '../ports/project-mutex.ts'
import type { Timer } from '../ports/timer.ts'
import type { Site } from '../rollout/run.ts'

export interface VerifySiteTools {
  readonly host: string
  readonly mutex: ProjectMutex
  readonly timer: Timer
}

/** How long somebody else may have the project, in milliseconds, before it is called busy. */
const patience = 10_000
const pause = 500

/**
 * Compares the live release of a project with its manifest. It reads only, but under the mutex: a release that is just
 * being switched, or gone back from, is not what its state says. Only what a signal asks for is thrown.
 */
export async function verifySite(
  { host, mutex, timer }: VerifySiteTools,
  site: Site,
  quick: boolean,
  signal: AbortSignal,
): Promise<Verification> {
  const base = { project: site.name, host, at: timer.now(), quick, report: null, strayed: null }
  let held: HeldMutex | null = null
  try {
    // Before the mutex, which would make the folder of a project that was never deployed.
    await liveOf(site)
    held = await acquire(mutex, timer, site.config.release.root, signal)
    if (!held) return { ...base, outcome: 'busy', errorCode: null, why: 'a deploy of it is under way' }
    if (await site.releases.intent())
      return { ...base, outcome: 'busy', errorCode: null, why: 'a switch is not brought to its end' }
    const live = await liveOf(site)
    const report = await site.releases.verify(live, { full: !quick, signal })
    const found = { report, strayed: await strayedFrom(live, site) }
    const outcome = isAsExpected(found) ? 'clean' : 'drift'
    return { ...base, ...found, outcome, errorCode: null, why: null }
  } catch (error) {
    signal.throwIfAborted()
    const { code, message } = asSlipwayError(error)
    return { ...base, outcome: 'failed', errorCode: code, why: message }
  } finally {
    await held?.release()
  }
}

async function acquire(
  mutex: ProjectMutex,
  timer: Timer,
  root: string,
  signal: AbortSignal,
): Promise<HeldMutex | null> {
  for (let waited = 0; ; waited += pause) {
    signal.throwIfAborted()
    const held = await mutex.tryAcquire(root)
    if (held || waited >= patience) return held
    await timer.sleep(pause, signal)
  }
}

async function liveOf({ name, config, releases }: Site): Promise<Release> {
  if (config.strategy !== 'source')
    throw new SlipwayError('RELEASE_UNKNOWN', `Nothing is copied out of the image of ${name}.`)
  const { live } = await releases.state()
  if (live) return live
  throw new SlipwayError('RELEASE_UNKNOWN', `Nothing of ${name} is live on this host.`)
}

// A link that somebody points elsewhere serves other files, whatever the release itself holds.
async function strayedFrom(live: Release, { releases }: Site): Promise<Verification['strayed']> {
  const to = await releases.current()
  return to === currentTarget(live) ? null : { to }
}
