import { asSlipwayError } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import { abortable } from '../abortable.ts'
import { readKnownReleases } from './known-releases.ts'
import type { Site } from './run.ts'

/** Milliseconds; what waits for Redis is only what people look at. */
const deadline = 2_000

/**
 * Tells Redis which releases a host has: people look at that before they go back. Nothing depends on it, and reconcile
 * tells it again, so this never rejects. Resolves with why it could not, or with null.
 */
export async function tellReleases(
  store: Pick<RunStore, 'saveReleases'>,
  site: Site,
  signal: AbortSignal,
): Promise<string | null> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
  try {
    await abortable(store.saveReleases(site.name, await readKnownReleases(site)), limited)
    return null
  } catch (error) {
    return asSlipwayError(error).message
  }
}
