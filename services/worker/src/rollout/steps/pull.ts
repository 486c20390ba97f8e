import type { RegistryCredentials } from '@slipway/core'
import { imageOf } from '../image-of.ts'
import { previousOf } from '../previous-of.ts'
import { requireTrust } from '../require-trust.ts'
import type { DeployRun } from '../run.ts'
import { isUnauthorized, withCredentials } from '../with-credentials.ts'

/** Brings the image to the engine by its digest; what is there already is not pulled again. */
export async function pullImage(run: DeployRun, digest: string, signal: AbortSignal): Promise<void> {
  const { want, site, engine, report } = run
  const { image, source } = site.config
  const previous = source ? await previousOf(run) : null
  if (source) site.releases.expectCopy(previous)
  if (await engine.hasImage(image, digest, signal)) {
    report.line('[pull] the engine has this image already')
    // It is remembered for the copy; where there is something to pull, the room for it was the reason to ask.
    if (previous) await imageOf(run, digest, signal)
  } else {
    // Whatever walk leads here, also one back to an image that the host no longer has.
    await requireTrust(run, digest, signal)
    await run.room.duringPull(run, digest, signal, (watched) => pull(run, digest, watched))
  }
  await engine.keepImage(image, digest, { project: site.name, seq: want.seq }, signal)
}

async function pull(run: DeployRun, digest: string, signal: AbortSignal): Promise<void> {
  const { site, engine, report } = run
  const { image, timeouts } = site.config
  const call = (credentials: RegistryCredentials | null) =>
    engine.pull({
      image,
      digest,
      credentials,
      inactivity: timeouts.pull_inactivity,
      signal,
      onProgress: (line) => report.line(`[pull] ${line}`),
    })
  await withCredentials(site.credentials, signal, call, async (_error, credentials) => {
    // The engine does not say why it failed in a way that can be told apart; the registry does.
    return !signal.aborted && (await isRefused(run, digest, credentials, signal))
  })
}

async function isRefused(
  { site, registry }: DeployRun,
  reference: string,
  credentials: RegistryCredentials | null,
  signal: AbortSignal,
): Promise<boolean> {
  // One that is asked with a password from the configuration has nothing else to ask with.
  if (!site.credentials.isTemporary) return false
  try {
    await registry.resolve({ image: site.config.image, reference, credentials, signal })
    return false
  } catch (error) {
    return isUnauthorized(error)
  }
}
