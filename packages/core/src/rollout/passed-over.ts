import { compareVersions, isLowerVersion, type TagRule } from '../image/tag-policy.ts'
import type { AcceptedWant, Deployment } from './deployment.ts'

/**
 * A push of a higher version of the same range that this one took the place of before it was deployed: a range follows
 * the highest version, whichever was told of last. Null when there is none, and for what a person insists on or what
 * goes back.
 * @param dealtWith the newest seq that the host has dealt with
 * @param recent deployments of the project on this host
 */
export function passedOver(
  rules: readonly TagRule[],
  want: AcceptedWant,
  dealtWith: number,
  recent: readonly Deployment[],
): (Deployment & { readonly tag: string }) | null {
  const { tag } = want
  if (tag === null || want.force || want.back) return null
  const open = recent.filter(({ id, seq }) => id !== want.deployment && seq > dealtWith && seq < want.seq)
  const higher = open.flatMap((one) => {
    const isOne = one.state === 'superseded' && !one.back && one.tag !== null
    if (!isOne || one.tag === null || !isLowerVersion(rules, tag, one.tag)) return []
    // It was tried since, whatever came of it.
    const isTried = open.some((other) => other.tag === one.tag && other.seq > one.seq)
    return isTried ? [] : [{ ...one, tag: one.tag }]
  })
  return higher.toSorted((a, b) => compareVersions(b.tag, a.tag) || b.seq - a.seq)[0] ?? null
}
