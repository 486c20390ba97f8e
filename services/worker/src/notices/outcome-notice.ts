import type { NoticeKind, Outcome } from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import type { Notice } from '../ports/notifier.ts'

export interface EndedRun {
  readonly project: string
  readonly host: string
  readonly at: number
  readonly deployment: string
  readonly end: RunEnd
}

/** What is told of the end of a deployment; null for an end that nobody waits to hear of. */
export function outcomeNotice({ end, ...where }: EndedRun): Notice | null {
  const event = events[end.outcome]
  if (!event) return null
  const { project, host, deployment } = where
  const reason = [end.errorCode, end.why].filter(Boolean).join(': ').slice(0, longestReason)
  const said = `${project} on ${host} ${words[event]}${reason ? `: ${reason}` : ''} (${deployment})`
  return {
    event,
    ...where,
    text: event === 'needs-operator' ? `slipway: ATTENTION, ${said}` : `slipway: ${said}`,
    ...(end.release ? { release: end.release } : {}),
    details: { outcome: end.outcome, errorCode: end.errorCode ?? null, digest: end.resolvedDigest ?? null },
  }
}

const longestReason = 1_000

type EndKind = Extract<NoticeKind, 'live' | 'rolled-back' | 'failed' | 'needs-operator'>

const events: Partial<Record<Outcome, EndKind>> = {
  live: 'live',
  'live-with-warnings': 'live',
  'rolled-back': 'rolled-back',
  failed: 'failed',
  'needs-operator': 'needs-operator',
}

const words: Record<EndKind, string> = {
  live: 'has a new release live',
  'rolled-back': 'went back to the release before',
  failed: 'was not deployed',
  'needs-operator': 'needs a person now',
}
