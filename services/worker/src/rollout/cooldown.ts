import { cooledAt, formatDuration, formatMinute, isHeld, SlipwayError } from '@slipway/core'
import { isMigrated } from '../admission.ts'
import { nameProject } from './name-project.ts'
import { Postponed } from './postponed.ts'
import type { DeployRun } from './run.ts'
import { withCredentials } from './with-credentials.ts'

/**
 * Until when this image has to wait for being old enough; null when it has not to. A person who insists does not wait,
 * nor what is live already; and where another host of the rollout has found the digest, that one has waited.
 * @throws SlipwayError CREDENTIALS_UNAVAILABLE, REGISTRY_* that may pass
 */
export async function cooldownOf(
  run: DeployRun,
  digest: string,
  signal: AbortSignal,
): Promise<Postponed | null> {
  const { site, want, timer, pinned } = run
  const { cooldown } = site.config
  if (cooldown === 0 || want.force || pinned !== null) return null
  const host = await site.releases.state()
  if (host.live?.digest === digest || isHeld(host, digest)) return null
  // The database was brought to this code already.
  if (await isMigrated(site, want)) return null
  const created = await createdOf(run, digest, signal)
  const now = timer.now()
  // A seq is the time in microseconds.
  const { at, isDated } = cooledAt({ created, acceptedAt: want.seq / 1_000, cooldown, now })
  if (at <= now) return null
  const age = isDated ? 'was made less than' : 'has no believable date and was pushed less than'
  const why = `${digest.slice(0, 19)} ${age} ${formatDuration(cooldown)} ago: waits for its cooldown until ${formatMinute(at)}`
  return new Postponed(at, why)
}

// What an image does not say, or says in a way that cannot be read, is not known; no failure of the deployment.
async function createdOf(
  { site, registry }: DeployRun,
  reference: string,
  signal: AbortSignal,
): Promise<number | null> {
  const { image } = site.config
  try {
    return await withCredentials(site.credentials, signal, (credentials) =>
      registry.created({ image, reference, credentials, signal }),
    )
  } catch (error) {
    const isUnreadable =
      error instanceof SlipwayError &&
      (error.code === 'REGISTRY_PROTOCOL' || error.code === 'IMAGE_PLATFORM_UNSUITABLE')
    if (isUnreadable) return null
    throw nameProject(error, site.name)
  }
}
