import { isLowerVersion, ruleFollows, type TagRule } from '../image/tag-policy.ts'
import type { DeploymentState } from '../rollout/steps.ts'

/** What a registry said that a tag is. */
export interface TagAnswer {
  readonly tag: string
  readonly digest: string
}

/** The newest want of a project, and how far it has come. */
export interface NewestWant {
  readonly tag: string | null
  /** What it was found to be, else what its sender said; null when nobody knows. */
  readonly digest: string | null
  /** Null when its record is forgotten. */
  readonly state: DeploymentState | null
}

export interface PollFacts {
  readonly rules: readonly TagRule[]
  /** The rule that was asked for. */
  readonly rule: TagRule
  readonly answer: TagAnswer
  /** What the last poll was told; null when none is remembered. */
  readonly before: TagAnswer | null
  readonly live: { readonly tag: string | null; readonly digest: string } | null
  readonly newest: NewestWant | null
  /** True when the digest failed here before, or was left by a rollback. */
  readonly isHeld: boolean
}

/**
 * Whether what the registry said is a push that nobody has told of. It has to be news: what an earlier poll was told
 * already was wanted then, and what a person did since stays.
 */
export function isNews(facts: PollFacts): boolean {
  const { rules, answer, live, newest, isHeld } = facts
  if (isHeld || live?.digest === answer.digest || newest?.digest === answer.digest) return false
  if (live?.tag && isLowerVersion(rules, answer.tag, live.tag)) return false
  if (newest && isInTheWay(rules, answer, newest)) return false
  return isOther(facts)
}

// What waits asks the registry itself what its tag is when it begins, so where nobody said more it is the same push.
function isInTheWay(rules: readonly TagRule[], { tag }: TagAnswer, newest: NewestWant): boolean {
  if (newest.state !== 'queued' || newest.tag === null) return false
  return (newest.tag === tag && newest.digest === null) || isLowerVersion(rules, tag, newest.tag)
}

function isOther({ rules, rule, answer, before, live, newest }: PollFacts): boolean {
  if (before) return before.tag !== answer.tag || before.digest !== answer.digest
  // The first poll: nothing tells when the tag has moved. What another rule, or a person, put live stays.
  const there = live ?? newest
  if (!there) return true
  if (there.tag === null) return false
  const { tag } = there
  return ruleFollows(rule, tag) || !rules.some((one) => ruleFollows(one, tag))
}
