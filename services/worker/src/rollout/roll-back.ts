import {
  asSlipwayError,
  type ErrorCode,
  type HostState,
  hold,
  holdLeft,
  intentSeq,
  type Release,
  type Rollback,
  SlipwayError,
  type SwitchIntent,
} from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import { liftMaintenance } from './maintenance.ts'
import type { Run } from './run.ts'
import { checkHealth } from './steps/check.ts'
import { commitServices, reloadServices } from './steps/reload.ts'

/** Why a release is left. */
export type Failure = NonNullable<SwitchIntent['failure']>

/** What happens when the release that was switched to turns out bad. */
export async function leaveBad(run: Run, intent: SwitchIntent, cause: unknown): Promise<RunEnd> {
  const { code, message } = asSlipwayError(cause)
  run.report.line(`${code}: ${message}`)
  // A person who takes the deployment back means it, whatever is configured for checks.
  return run.site.config.rollback === 'never' && code !== 'CANCELLED'
    ? stay(run, intent, { code, message })
    : goBack(run, intent, { code, message })
}

/**
 * The walk back from a release that was switched to and is bad, to the last one that passed its check: the same rename,
 * the same reload, the same check. The database stays as the migration left it. It is never tried twice: what fails
 * here is for a person. Throws only when the run has to stop; the next start goes on from there.
 */
export async function goBack(run: Run, intent: SwitchIntent, failure: Failure): Promise<RunEnd> {
  const { report } = run
  const facts = { release: intent.to.name, resolvedDigest: intent.to.digest }
  try {
    const patience = { deadline: run.site.config.timeouts.roll_back }
    const back = await run.step('roll-back', patience, (signal) => walkBack(run, intent, failure, signal))
    const where = back ? `back to ${back.name}` : 'back to what was there before the first release'
    const why = `${failure.message} Went ${where}; the database was not changed back.`
    report.line(why)
    const outcome = failure.code === 'CANCELLED' ? 'cancelled' : 'rolled-back'
    return { outcome, errorCode: failure.code, why, ...facts }
  } catch (error) {
    if (run.signal.aborted) throw error
    const why = `${failure.message} Going back failed too: ${asSlipwayError(error).message}`
    report.line(`ROLLBACK_FAILED: ${why}`)
    await leaveToOperator(run, intent)
    return { outcome: 'needs-operator', errorCode: 'ROLLBACK_FAILED', why, ...facts }
  }
}

async function walkBack(
  run: Run,
  intent: SwitchIntent,
  failure: Failure,
  signal: AbortSignal,
): Promise<Release | null> {
  const { releases, config } = run.site
  await releases.saveIntent({ ...intent, failure })
  const state = await releases.state()
  const { back } = intent
  // A person has left what was live, and it was not well: that is nowhere to go back to by itself.
  if (intent.rollback && !back)
    throw new SlipwayError(
      'ROLLBACK_FAILED',
      `There was no good release live before; it stays ${intent.to.name}.`,
    )
  if (back && !(await releases.isPresent(back)))
    throw new SlipwayError('ROLLBACK_FAILED', `The release ${back.name} to go back to is gone.`)
  if (back) await releases.switchTo(back)
  else await releases.restore(intent.before)
  run.report.event({ kind: 'went-back', to: back?.name ?? intent.before, seq: back?.seq ?? null })
  await reloadServices(run, { release: back, leaving: intent.to }, signal)
  await liftMaintenance(run)
  if (back) await checkHealth(run, config.check, signal)
  const isBad = isCondemned(intent, failure)
  if (isBad) await releases.saveRelease({ ...intent.to, status: 'bad' })
  const after = isBad ? holdIfUnwell(state, intent.to, failure) : state
  await releases.saveState({ ...after, live: back, good: back, seq: Math.max(state.seq, intentSeq(intent)) })
  await releases.clearIntent()
  return back
}

// The note goes, or the next run would go back once more, over what a person may be mending by then. Nothing counts as
// live, so that the next push is deployed whatever it holds.
async function leaveToOperator({ site, report }: Run, intent: SwitchIntent): Promise<void> {
  const { releases } = site
  try {
    const state = await releases.state()
    // One that passed its check once is still one to go back to, when what both need is mended.
    if (!intent.rollback) await releases.saveRelease({ ...intent.to, status: 'bad' })
    // No hold: where the good release is not well either, the image need not be what is wrong.
    await releases.saveState({ ...state, live: null, seq: Math.max(state.seq, intentSeq(intent)) })
    await releases.clearIntent()
  } catch (error) {
    report.line(`this could not be written down: ${asSlipwayError(error).message}`)
  }
}

// A service that could not be told is no fault of the image. A check that failed, or a container of it that is not well,
// is, here or on another host of the
// rollout, until somebody says otherwise; and what a person took back must not return by a repeated push.
const holding: ReadonlySet<string> = new Set<ErrorCode>([
  'CHECK_FAILED',
  'SERVICE_UNHEALTHY',
  'ROLLOUT_STOPPED',
  'CANCELLED',
])

function holdIfUnwell(state: HostState, bad: Release, { code }: Failure): HostState {
  return holding.has(code) ? hold(state, bad.digest) : state
}

// What a person goes back to was well once. Only a check that passes again behind it, on the release that was left, says
// that it is not: services that did not answer, or a person who thinks better of it, say nothing of its image.
function isCondemned({ rollback }: SwitchIntent, { code }: Failure): boolean {
  return !rollback || code === ('CHECK_FAILED' satisfies ErrorCode)
}

async function stay(run: Run, intent: SwitchIntent, failure: Failure): Promise<RunEnd> {
  const { site, report } = run
  const { releases } = site
  // Not well as it is now; whether it is one to go back to is another question.
  const bad: Release = { ...intent.to, status: 'bad' }
  report.line('rollback: never is configured, so the release stays')
  try {
    const state = await releases.state()
    if (isCondemned(intent, failure)) await releases.saveRelease(bad)
    await releases.saveState({ ...holdLeft(state, intent), live: bad, seq: intentSeq(intent) })
    await releases.clearIntent()
    await commitServices(run)
  } catch (error) {
    report.line(`this could not be written down: ${asSlipwayError(error).message}`)
  }
  return {
    outcome: 'live-with-warnings',
    why: failure.message,
    release: bad.name,
    resolvedDigest: bad.digest,
  }
}

/** What a rollback that went well came to. */
export function wentBackWords({ left }: Rollback, { name }: Pick<Release, 'name'>): string {
  return `Went back${left ? ` from ${left.name}` : ''} to ${name}; the database was not changed back.`
}
