import {
  type HostState,
  isHeld,
  pollCandidates,
  type RememberedAnswer,
  ruleFollows,
  ruleText,
  SlipwayError,
  type TagRule,
} from '@slipway/core'
import type { RegistryClient, TagList } from '@slipway/registry'
import type { PollStore } from '@slipway/store'
import { abortable } from '../abortable.ts'
import type { Site } from '../rollout/run.ts'
import { withCredentials } from '../rollout/with-credentials.ts'
import { marksOf, readMarks } from './seen-tags.ts'

export interface AskTools {
  readonly registry: Pick<RegistryClient, 'revalidate' | 'listTags'>
  readonly book: Pick<PollStore, 'seen' | 'saveSeen'>
}

export interface RuleQuestion {
  readonly site: Site
  readonly rule: TagRule
  /** What the last poll was told. */
  readonly before: RememberedAnswer | null
  /** On this host. */
  readonly state: HostState
  /** The tag that is live, or is wanted where nothing is. */
  readonly live: string | null
  readonly signal: AbortSignal
}

/** What a rule comes to at the registry. */
export interface RuleAnswer {
  /** Null when the registry has nothing that the rule follows. */
  readonly answer: RememberedAnswer | null
  /** Remembers what was seen; not before what follows from it is safe. */
  readonly remember: () => Promise<void>
}

const nothingToRemember = async () => {}

/** Asks the registry, with the credentials of the project, what the rule stands for now. */
export async function askRule(tools: AskTools, question: RuleQuestion): Promise<RuleAnswer> {
  const { rule, state } = question
  const { tags, isNew, remember } = await listFor(tools, question)
  let answer: RememberedAnswer | null = null
  for (const tag of pollCandidates(rule, { tags, isNew, live: question.live })) {
    const found = await askTag(tools, question, tag)
    if (!found) continue
    answer ??= found
    if (isHeld(state, found.digest)) continue
    return { answer: found, remember }
  }
  return { answer, remember }
}

async function listFor(
  { registry, book }: AskTools,
  { site, rule, live, signal }: RuleQuestion,
): Promise<{ tags: readonly string[]; isNew: (tag: string) => boolean; remember: () => Promise<void> }> {
  if (rule.kind === 'exact') return { tags: [], isNew: () => true, remember: nothingToRemember }
  const { image } = site.config
  const nothing: TagList = { tags: [], isCut: false }
  const list = withCredentials(site.credentials, signal, (credentials) =>
    registry.listTags({ image, credentials, signal }),
  )
  const { tags } = (await unlessMissing(list)) ?? nothing
  if (rule.kind === 'range') return { tags, isNew: () => true, remember: nothingToRemember }
  const text = ruleText(rule)
  const seen = await abortable(book.seen(site.name, text), signal)
  const marks = marksOf(tags.filter((tag) => ruleFollows(rule, tag)))
  const wasSeen = seen === null ? null : readMarks(seen)
  return {
    tags,
    // The first time nothing tells what is new: then all of it is, where there is nothing yet, and else none.
    isNew: wasSeen ? (tag) => !wasSeen(tag) : () => live === null,
    remember:
      marks === seen ? nothingToRemember : () => abortable(book.saveSeen(site.name, text, marks), signal),
  }
}

async function askTag(
  { registry }: AskTools,
  { site, before, signal }: RuleQuestion,
  tag: string,
): Promise<RememberedAnswer | null> {
  const { image } = site.config
  const known = before?.tag === tag ? before : null
  const found = withCredentials(site.credentials, signal, (credentials) =>
    registry.revalidate({ image, reference: tag, known, credentials, signal }),
  )
  const answer = await unlessMissing(found)
  return answer && { tag, digest: answer.digest, etag: answer.etag }
}

/** Null for what the registry does not have: that is an answer. */
async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'IMAGE_NOT_FOUND') return null
    throw error
  }
}
