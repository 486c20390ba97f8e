import type { BackTarget } from '../rollout/deployment.ts'
import { hold, isHeld, unhold } from './hold.ts'
import type { HostState, Release, SwitchIntent } from './release.ts'

/** What a host has, for whoever asks to go back. */
export interface BackQuestion {
  /** Every release with a record, and whether its folder is there. */
  readonly known: readonly { readonly release: Release; readonly isPresent: boolean }[]
  readonly state: Pick<HostState, 'live' | 'good' | 'seq' | 'held'>
  /** What is left by going back; null when nothing is live. */
  readonly from: Release | null
  /** True when visitors get `from`, and it is well. */
  readonly isServed: boolean
  readonly target: BackTarget
}

/** Where a rollback leads. */
export type BackChoice =
  | { readonly kind: 'release'; readonly release: Release }
  /** It is live already. */
  | { readonly kind: 'here'; readonly release: Release }
  /** No folder holds it any more: it has to be copied out of its image again. */
  | { readonly kind: 'image'; readonly digest: string }
  /** In words, with what there is instead. */
  | { readonly kind: 'refused'; readonly why: string }

/** Chooses the release that a rollback leads to. Only what passed its check once is one to go back to. */
export function chooseBack(question: BackQuestion): BackChoice {
  const { release, digest } = question.target
  if (release !== null) return byName(question, release)
  return digest === null ? theOneBefore(question) : byDigest(question, digest)
}

/** The seq that a host has dealt with when what follows a switch is decided. */
export function intentSeq({ to, rollback }: Pick<SwitchIntent, 'to' | 'rollback'>): number {
  return rollback?.seq ?? to.seq
}

/** What a host knows once the release that it was switched to has passed its check. */
export function afterCheck(state: HostState, live: Release, intent: SwitchIntent): HostState {
  const passed = { ...unhold(state, live.digest), live, good: live, seq: intentSeq(intent) }
  if (!intent.rollback) return passed
  return { ...holdLeft(passed, intent), wentBack: { deployment: intent.deployment, release: live.name } }
}

/** The digest that a person has left must not return by a repeated push. */
export function holdLeft(
  state: HostState,
  { to, rollback }: Pick<SwitchIntent, 'to' | 'rollback'>,
): HostState {
  const left = rollback?.left
  return left && left.digest !== to.digest ? hold(state, left.digest) : state
}

function byName(question: BackQuestion, name: string): BackChoice {
  const { known, from, isServed } = question
  const found = known.find(({ release }) => release.name === name)
  if (!found) return refused(question, `There is no release ${name} here.`)
  const { release, isPresent } = found
  if (release.status === 'bad') return refused(question, `The release ${name} failed its check.`)
  if (release.status === 'copied') return refused(question, `The release ${name} was never live.`)
  if (isServed && from?.name === name) return { kind: 'here', release }
  return isPresent ? { kind: 'release', release } : { kind: 'image', digest: release.digest }
}

function byDigest(question: BackQuestion, digest: string): BackChoice {
  const { known, state, from, isServed } = question
  if (isServed && from?.digest === digest) return { kind: 'here', release: from }
  const same = newestFirst(known).filter(({ release }) => release.digest === digest)
  const good = same.filter(({ release }) => release.status === 'live')
  const present = good.find(({ isPresent }) => isPresent)
  if (present) return { kind: 'release', release: present.release }
  const isBad = same.some(({ release }) => release.status === 'bad') || isHeld(state, digest)
  if (good.length === 0 && isBad)
    return refused(
      question,
      `${digest} failed its check here, or was left by a rollback; a deploy with --force brings it back.`,
    )
  return { kind: 'image', digest }
}

function theOneBefore(question: BackQuestion): BackChoice {
  const { known, state, from } = question
  const found = newestFirst(known).find(
    ({ release, isPresent }) =>
      isPresent &&
      release.status === 'live' &&
      release.name !== from?.name &&
      // The same content is no way back, and what a person has left is none either.
      release.digest !== from?.digest &&
      !isHeld(state, release.digest) &&
      (from === null || release.seq < from.seq),
  )
  if (found) return { kind: 'release', release: found.release }
  return refused(question, `There is no good release before ${from?.name ?? 'what is served'}.`)
}

function newestFirst(known: BackQuestion['known']): BackQuestion['known'] {
  return known.toSorted((a, b) => b.release.seq - a.release.seq)
}

function refused(question: BackQuestion, why: string): BackChoice {
  return { kind: 'refused', why: `${why} ${whatThereIs(question)}` }
}

/** Every release of the host and what is known of it, in one sentence. */
export function whatThereIs({ known, from }: Pick<BackQuestion, 'known' | 'from'>): string {
  const names = newestFirst(known).map(({ release, isPresent }) => {
    const is = release.name === from?.name ? 'is live' : statusWords[release.status]
    return `${release.name} (${[release.tag, is, isPresent ? '' : 'folder is gone'].filter(Boolean).join(', ')})`
  })
  return `There is: ${names.join('; ') || 'no release at all'}.`
}

const statusWords = { live: 'was live', copied: 'was never live', bad: 'failed its check' } as const
