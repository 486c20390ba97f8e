import type { ErrorCode } from '../errors/catalogue.ts'
import type { TagRule } from '../image/tag-policy.ts'
import type { TagAnswer } from './news.ts'

/** What is remembered of an answer, to ask with the next time. */
export interface RememberedAnswer extends TagAnswer {
  readonly etag: string | null
}

/** What came of the polls of one project. Times are milliseconds since 1970. */
export interface PollRecord {
  readonly askedAt: number
  /** When it is asked next, unless its registry asks to wait. */
  readonly nextAt: number
  /** Set while it is not asked because of failures. */
  readonly backOffUntil: number | null
  /** Failures in a row. */
  readonly failures: number
  /** Null when the last poll was answered. */
  readonly errorCode: ErrorCode | null
  readonly why: string | null
  /** The last answer for each rule, by its text. */
  readonly answers: Readonly<Record<string, RememberedAnswer>>
}

/** The text of a rule as it stands in the configuration. */
export function ruleText(rule: TagRule): string {
  return rule.kind === 'exact' ? rule.tag : rule.source
}
