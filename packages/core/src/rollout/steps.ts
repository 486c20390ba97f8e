/** The steps of a deploy, in the order they are walked. Logs, progress, board and docs use these names. */
export const steps = ['resolve', 'pull', 'copy', 'link', 'migrate', 'switch', 'reload', 'check'] as const
export type Step = (typeof steps)[number]

/** How a deployment ends. */
export const outcomes = [
  'live',
  'live-with-warnings',
  'already-live',
  'superseded',
  'rolled-back',
  'failed',
  'cancelled',
  'needs-operator',
] as const
export type Outcome = (typeof outcomes)[number]

/** Where a deployment is: waiting, at a step, going back, or ended. */
export type DeploymentState = 'queued' | Step | 'roll-back' | Outcome

const ended: ReadonlySet<string> = new Set(outcomes)

export function isOutcome(state: string): state is Outcome {
  return ended.has(state)
}

const served: ReadonlySet<string> = new Set<Outcome>(['live', 'live-with-warnings', 'already-live'])

/** True for the outcomes after which what was wanted is what visitors see. */
export function wentLive(state: DeploymentState): boolean {
  return served.has(state)
}
