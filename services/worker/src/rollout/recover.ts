import { currentTarget } from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { settle } from './deploy.ts'
import { goBack } from './roll-back.ts'
import type { Run } from './run.ts'

/** A walk that a dead worker left behind its switch, brought to its end. */
export interface Recovered {
  readonly deployment: string
  readonly end: RunEnd
}

/**
 * Looks for the note that a switch leaves. When the switch was made, what follows it is done now: the release is kept
 * or left by its check, never by guess. When it was not made, nothing was visible, and the walk begins anew.
 */
export async function recover(run: Run): Promise<Recovered | null> {
  const { releases } = run.site
  const intent = await releases.intent()
  if (!intent) return null
  const { deployment, to } = intent
  if (intent.failure) {
    run.report.line(`an earlier run ended on its way back from ${to.name}; going on from there`)
    return { deployment, end: await goBack(run, intent, intent.failure) }
  }
  if ((await releases.current()) !== currentTarget(to)) {
    await releases.clearIntent()
    return null
  }
  run.report.line(`an earlier run ended after it switched to ${to.name}; going on from there`)
  return { deployment, end: await settle(run, intent) }
}
