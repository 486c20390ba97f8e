/** How a deployment ends, written down once more on purpose: what looks from outside does not ask slipway's own code. */
const outcomes: ReadonlySet<string> = new Set([
  'live',
  'live-with-warnings',
  'already-live',
  'superseded',
  'rolled-back',
  'failed',
  'cancelled',
  'needs-operator',
])

/** True for the state of a deployment to which nothing happens any more. */
export function isOutcome(state: string | undefined): boolean {
  return state !== undefined && outcomes.has(state)
}
