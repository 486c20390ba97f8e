import { SlipwayError } from '@slipway/core'
import type { DeployRun } from '../run.ts'

/**
 * Asks the registry, with the credentials of this project, what the tag is now. What the sender said the digest was is
 * a hint and no more; without a tag the digest itself is asked for, so that a refusal comes before the pull.
 */
export async function resolveImage(
  { want, site, registry, report }: DeployRun,
  signal: AbortSignal,
): Promise<string> {
  const reference = want.tag ?? want.digest
  if (!reference)
    throw new SlipwayError(
      'IMAGE_REFERENCE_INVALID',
      `The want of ${site.name} names neither tag nor digest.`,
    )
  const { image } = site.config
  const { digest } = await registry
    .resolve({ image, reference, credentials: site.credentials, signal })
    .catch((error) => {
      throw named(error, site.name)
    })
  const hint = want.tag && want.digest && want.digest !== digest ? ` (the push named ${want.digest})` : ''
  report.line(`[resolve] ${want.image}:${reference} is ${digest}${hint}`)
  report.state('resolve', { resolvedDigest: digest })
  return digest
}

// An operator looks after many projects with many users: the message says whose credentials were refused.
function named(error: unknown, project: string): unknown {
  if (!(error instanceof SlipwayError)) return error
  const options = { cause: error, details: error.details }
  return new SlipwayError(
    error.code,
    `Project ${project}: ${error.message}`,
    error.retryAfterMs === undefined ? options : { ...options, retryAfterMs: error.retryAfterMs },
  )
}
