import {
  asSlipwayError,
  type ErrorCode,
  type HostState,
  hold,
  type Release,
  SlipwayError,
  type SwitchIntent,
} from '@slipway/core'
import type { RunEnd } from '@slipway/store'
import type { Run } from './run.ts'
import { checkHealth } from './steps/check.ts'
import { reloadServices } from './steps/reload.ts'

/** Why a release is left. */
export type Failure = NonNullable<SwitchIntent['failure']>

/** What happens when the release that was switched to turns out bad. */
export async function leaveBad(run: Run, intent: SwitchIntent, cause: unknown): Promise<RunEnd> {
  const { code, message } = asSlipwayError(cause)
  run.report.line(`${code}: ${message}`)
  // A person who takes the deployment back means it, whatever is configured for checks.
  return run.site.config.rollback === 'never' && code !== 'CANCELLED'
    ? stay(run, intent.to, message)
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
  if (back && !(await releases.isPresent(back)))
    throw new SlipwayError('ROLLBACK_FAILED', `The release ${back.name} to go back to is gone.`)
  if (back) await releases.switchTo(back)
  else await releases.restore(intent.before)
  run.report.event({ kind: 'went-back', to: back?.name ?? intent.before, seq: back?.seq ?? null })
  await reloadServices(run, config.services, signal)
  if (back) await checkHealth(run, config.check, signal)
  await releases.saveRelease({ ...intent.to, status: 'bad' })
  const after = holdIfUnwell(state, intent.to, failure)
  await releases.saveState({ ...after, live: back, good: back, seq: Math.max(state.seq, intent.to.seq) })
  await releases.clearIntent()
  return back
}

// The note goes, or the next run would go back once more, over what a person may be mending by then. Nothing counts as
// live, so that the next push is deployed whatever it holds.
async function leaveToOperator({ site, report }: Run, { to }: SwitchIntent): Promise<void> {
  const { releases } = site
  try {
    const state = await releases.state()
    await releases.saveRelease({ ...to, status: 'bad' })
    // No hold: where the good release is not well either, the image need not be what is wrong.
    await releases.saveState({ ...state, live: null, seq: Math.max(state.seq, to.seq) })
    await releases.clearIntent()
  } catch (error) {
    report.line(`this could not be written down: ${asSlipwayError(error).message}`)
  }
}

// A service that could not be told is no fault of the image. A check that failed is, here or on another host of the
// rollout, until somebody says otherwise; and what a person took back must not return by a repeated push.
const holding: ReadonlySet<string> = new Set<ErrorCode>(['CHECK_FAILED', 'ROLLOUT_STOPPED', 'CANCELLED'])

function holdIfUnwell(state: HostState, bad: Release, { code }: Failure): HostState {
  return holding.has(code) ? hold(state, bad.digest) : state
}

async function stay({ site, report }: Run, release: Release, why: string): Promise<RunEnd> {
  const { releases } = site
  const bad: Release = { ...release, status: 'bad' }
  report.line('rollback: never is configured, so the release stays')
  try {
    const state = await releases.state()
    await releases.saveRelease(bad)
    await releases.saveState({ ...state, live: bad, seq: bad.seq })
    await releases.clearIntent()
  } catch (error) {
    report.line(`this could not be written down: ${asSlipwayError(error).message}`)
  }
  return { outcome: 'live-with-warnings', why, release: bad.name, resolvedDigest: bad.digest }
}
