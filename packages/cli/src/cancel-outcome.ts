import { wentLive } from '@slipway/core'
import type { FollowedEnd } from './follow-deployment.ts'

/** What came of asking a deployment to end, in a sentence. */
export function describeCancel({ outcome, deployment }: FollowedEnd): string {
  const { id, project, timings, why } = deployment
  if (outcome === 'cancelled') {
    const wasSwitched = timings.some(({ step, ok }) => step === 'switch' && ok)
    return wasSwitched
      ? `${id} is cancelled: it was switched to already, so it went back. ${why ?? ''}`.trimEnd()
      : `${id} is cancelled: it was not switched to.`
  }
  if (wentLive(outcome))
    return `${id} is not cancelled: it was ${outcome} before the request reached its worker. \`slipway rollback ${project}\` leaves it.`
  return `${id} is not cancelled: it ended as ${outcome}${why ? ` (${why})` : ''}.`
}
