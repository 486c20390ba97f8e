import {
  type BackTarget,
  isDigest,
  isReason,
  isReleaseName,
  longestReason,
  SlipwayError,
} from '@slipway/core'
import { UsageError } from './usage-error.ts'

/** What a person may say about a rollback. */
export interface BackWish {
  readonly to?: string | undefined
  readonly digest?: string | undefined
}

/**
 * Where a person wants to go back to; whether there is such a release, its host knows.
 * @throws UsageError when the wish contradicts itself, SlipwayError IMAGE_REFERENCE_INVALID
 */
export function backTargetOf({ to, digest }: BackWish): BackTarget {
  if (to !== undefined && digest !== undefined) throw new UsageError('give --to or --digest, not both.')
  if (to !== undefined && !isReleaseName(to))
    throw new UsageError(`"${to}" is no name of a release; \`slipway status PROJECT\` lists them.`)
  if (digest !== undefined && !isDigest(digest))
    throw new SlipwayError(
      'IMAGE_REFERENCE_INVALID',
      `"${digest}" is no digest: write sha256: and 64 lower-case hexadecimal digits.`,
    )
  return { release: to ?? null, digest: digest ?? null }
}

/** @throws UsageError for a reason that is not one line of text */
export function reasonOf(reason: string | undefined): { readonly reason?: string } {
  if (reason === undefined) return {}
  if (isReason(reason)) return { reason }
  throw new UsageError(`write the reason in one line of at most ${longestReason} letters.`)
}
