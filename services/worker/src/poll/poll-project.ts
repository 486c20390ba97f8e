import {
  type HostState,
  isHeld,
  isNews,
  type NewestWant,
  type PollRecord,
  type RememberedAnswer,
  ruleText,
  type TagAnswer,
  type TagRule,
  wantsOf,
} from '@slipway/core'
import type { PushStore, RunStore } from '@slipway/store'
import { abortable } from '../abortable.ts'
import type { Site } from '../rollout/run.ts'
import { type AskTools, askRule } from './ask-rule.ts'

export interface PollProjectTools extends AskTools {
  readonly store: Pick<RunStore, 'want' | 'deployment'>
  readonly pushes: Pick<PushStore, 'accept'>
  /** Told of each push that nobody else has told of. */
  readonly onNews: (project: string, news: TagAnswer) => void
}

export interface PollTurn {
  readonly site: Site
  /** The same for every worker that polls for this turn. */
  readonly turn: number
  /** What the last poll left. */
  readonly last: PollRecord | null
  readonly signal: AbortSignal
}

/**
 * Asks the registry about one project, and wants what nobody has told of, on all hosts of the project.
 * @returns what it was told, by the text of the rules
 */
export async function pollProject(
  tools: PollProjectTools,
  { site, turn, last, signal }: PollTurn,
): Promise<Readonly<Record<string, RememberedAnswer>>> {
  const answers = new Map<string, RememberedAnswer>()
  for (const rule of site.config.tags) {
    const before = last?.answers[ruleText(rule)] ?? null
    const state = await site.releases.state()
    const newest = await newestWant(tools, site, signal)
    const live = state.live ? state.live.tag : (newest?.tag ?? null)
    const { answer, remember } = await askRule(tools, { site, rule, before, state, live, signal })
    if (answer) {
      await wantIfNew(tools, { site, rule, answer, before, turn, signal })
      answers.set(ruleText(rule), answer)
    }
    await remember()
  }
  return Object.fromEntries(answers)
}

interface Found {
  readonly site: Site
  readonly rule: TagRule
  readonly answer: RememberedAnswer
  readonly before: RememberedAnswer | null
  readonly turn: number
  readonly signal: AbortSignal
}

// Looked at once more behind the answer: it may have taken a while, and the push may have been told of meanwhile.
async function wantIfNew(tools: PollProjectTools, found: Found): Promise<void> {
  const { site, rule, answer, before, turn, signal } = found
  const { name, config } = site
  const { tag, digest } = answer
  const newest = await newestWant(tools, site, signal)
  const state: HostState = await site.releases.state()
  const facts = { rules: config.tags, rule, answer, before, live: state.live, newest }
  if (!isNews({ ...facts, isHeld: isHeld(state, digest) })) return
  // Two workers of a host, one that stops and one that starts, may poll for the same turn.
  const delivery = `${turn}/${tag}/${digest}`
  await abortable(
    tools.pushes.accept(wantsOf(name, config, { tag, digest, delivery }), { kind: 'poll' }),
    signal,
  )
  tools.onNews(name, { tag, digest })
}

async function newestWant(
  { store }: PollProjectTools,
  { name }: Site,
  signal: AbortSignal,
): Promise<NewestWant | null> {
  const want = await abortable(store.want(name), signal)
  if (!want) return null
  const record = await abortable(store.deployment(want.deployment), signal)
  const { tag, digest } = want
  if (!record) return { tag, digest, state: null }
  return { tag: record.tag, digest: record.resolvedDigest ?? digest, state: record.state }
}
