import { type AcceptedWant, SlipwayError } from '@slipway/core'
import { nameProject } from '../name-project.ts'
import { requireTrust } from '../require-trust.ts'
import type { DeployRun } from '../run.ts'
import { withCredentials } from '../with-credentials.ts'

/** Registries announce a push a moment before they answer for it; so long is a push believed against the registry. */
const announcedEarly = 5_000
const askAgain = 250

/**
 * Asks the registry, with the credentials of this project, what the tag is now. What the sender said the digest was is
 * a hint: as long as the registry says something else, it is asked again for a moment, and then believed. Without a
 * tag, or where another host of the rollout has found the digest, that itself is asked for, so that a refusal comes
 * before the pull. What nobody signed whom the project trusts is refused here. The newer want, when one arrived meanwhile.
 */
export async function resolveImage(run: DeployRun, signal: AbortSignal): Promise<string | AcceptedWant> {
  const { want, report, timer, newer, pinned } = run
  const reference = pinned ?? want.tag ?? want.digest
  const hint = pinned ?? want.digest
  if (!reference) {
    throw new SlipwayError(
      'IMAGE_REFERENCE_INVALID',
      `The want of ${run.site.name} names neither tag nor digest.`,
    )
  }
  const until = timer.now() + announcedEarly
  for (;;) {
    const answer = await ask(run, reference, signal)
    const isAnnounced = hint === null || answer === hint
    if (answer instanceof SlipwayError) {
      if (hint === null || timer.now() >= until) throw answer
    } else if (isAnnounced || timer.now() >= until) {
      const other = isAnnounced ? '' : ` (the push named ${hint})`
      report.line(`[resolve] ${want.image}:${reference} is ${answer}${other}`)
      report.state('resolve', { resolvedDigest: answer })
      await requireTrust(run, answer, signal)
      return answer
    }
    const newest = await newer(hint ?? '')
    if (newest) return newest
    await timer.sleep(askAgain, signal)
  }
}

/** The digest, or the error that says that there is no such thing; any other error is thrown. */
async function ask(
  { site, registry }: DeployRun,
  reference: string,
  signal: AbortSignal,
): Promise<string | SlipwayError> {
  const { image } = site.config
  try {
    const found = await withCredentials(site.credentials, signal, (credentials) =>
      registry.resolve({ image, reference, credentials, signal }),
    )
    return found.digest
  } catch (error) {
    const ours = nameProject(error, site.name)
    if (ours instanceof SlipwayError && ours.code === 'IMAGE_NOT_FOUND') return ours
    throw ours
  }
}
