import { compareVersions, ruleFollows, type TagRule } from '../image/tag-policy.ts'

export interface TagsOfRegistry {
  /** All that the registry has. */
  readonly tags: readonly string[]
  /** True for a tag that the last poll had not seen. */
  readonly isNew: (tag: string) => boolean
  /** The tag that is live, or is wanted where nothing is; null for none. */
  readonly live: string | null
}

/** More than so many bad versions in a row need a person. */
const mostCandidates = 3

/**
 * The tags that one rule asks the registry about, the best first; a further one counts only where those before it are
 * held. An exact rule asks for its tag. A range asks for its highest versions, none below the one that is live. A list
 * of tags does not say when each was pushed: so an expression asks for the best of those that are new since the last
 * poll, the highest where all are versions and else the last one of the alphabet; without any for the one that is live.
 */
export function pollCandidates(rule: TagRule, { tags, isNew, live }: TagsOfRegistry): string[] {
  if (rule.kind === 'exact') return [rule.tag]
  const followed = tags.filter((tag) => ruleFollows(rule, tag))
  const own = live !== null && ruleFollows(rule, live) ? live : null
  if (rule.kind === 'range') {
    const open = followed.filter((tag) => own === null || (compareVersions(tag, own) ?? 0) >= 0)
    return open
      .toSorted((a, b) => byVersion(a, b) || isOther(a, own) - isOther(b, own))
      .slice(0, mostCandidates)
  }
  const fresh = followed.filter(isNew)
  const isVersioned = fresh.every((tag) => compareVersions(tag, tag) !== null)
  const [best] = fresh.toSorted(isVersioned ? byVersion : byName)
  if (best !== undefined) return [best]
  return own !== null && tags.includes(own) ? [own] : []
}

function byVersion(a: string, b: string): number {
  return compareVersions(b, a) || 0
}

function byName(a: string, b: string): number {
  return a < b ? 1 : -1
}

// `1.2.0` and `v1.2.0` are one version: the one that is live stays the better.
function isOther(tag: string, own: string | null): number {
  return tag === own ? 0 : 1
}
