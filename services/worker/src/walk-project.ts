import {
  type AcceptedWant,
  asSlipwayError,
  type DeploymentState,
  isOutcome,
  type Redact,
  SlipwayError,
} from '@slipway/core'
import type { RolloutStore, RunEnd, RunStore } from '@slipway/store'
import { abortable } from './abortable.ts'
import { type AdmissionTools, admit, type HostPart, wakeOthers } from './admission.ts'
import type { HeldMutex, ProjectMutex } from './ports/project-mutex.ts'
import type { RunEvent } from './ports/run-reporter.ts'
import { createReporter, type Reporter } from './reporter.ts'
import { goBackTo } from './rollout/back.ts'
import { deploy, whatArrived } from './rollout/deploy.ts'
import { followHighest } from './rollout/follow-highest.ts'
import { dropLeftOver } from './rollout/maintenance.ts'
import { Postponed } from './rollout/postponed.ts'
import { recover } from './rollout/recover.ts'
import { resealLive } from './rollout/reseal-live.ts'
import { retain } from './rollout/retain.ts'
import { revert } from './rollout/revert.ts'
import type { DeployRun, Run, Site, Tools } from './rollout/run.ts'
import { createStepRunner, type Failpoint } from './rollout/step.ts'
import { endMigrationOf } from './rollout/steps/migrate.ts'
import { tellReleases } from './rollout/tell-releases.ts'
import { watchCancel } from './watch-cancel.ts'

/** What the job behind a walk offers, without naming a queue. */
export interface Nudge {
  readonly signal: AbortSignal
  /** Fires when no further step is to be begun. */
  readonly drain: AbortSignal
  /** True when a failure of this attempt may be tried again. */
  readonly mayRetry: boolean
  /** True when the job itself failed before: somebody wants to see a failed deployment walked again. */
  readonly isAgain: boolean
  log(text: string): Promise<unknown>
  /** True when the queue still counts this run as the one that has the job. */
  renewLock(): Promise<boolean>
}

export interface WalkOptions {
  readonly tools: Tools
  readonly store: RunStore
  readonly rollouts: RolloutStore
  readonly nudger: AdmissionTools['nudger']
  readonly site: Site
  readonly mutex: ProjectMutex
  readonly nudge: Nudge
  readonly redact: Redact
  readonly failpoint: Failpoint
  readonly onLine: (deployment: string, text: string) => void
  readonly onEvent: (deployment: string, event: RunEvent) => void
  /** Told how a deployment ends, before Redis is: that may be away, and a person may be needed. */
  readonly onEnd: (deployment: string, end: RunEnd) => void
  /** Told while the project is this walk's alone: from when to when. */
  readonly onHold: (phase: 'held' | 'freed') => void
}

/** What came of a nudge. */
export type WalkResult =
  | { readonly kind: 'ended'; readonly deployment: string; readonly end: RunEnd }
  /** It goes on in a later attempt. */
  | { readonly kind: 'retry'; readonly deployment: string; readonly error: SlipwayError }
  /** It may not begin yet; `until` in milliseconds since 1970, null when somebody will nudge. */
  | { readonly kind: 'wait'; readonly until: number | null; readonly why: string }
  /** There was nothing to do. */
  | { readonly kind: 'idle'; readonly why: string }
  /** Somebody else has the project. */
  | { readonly kind: 'busy' }
  /** It had to stop before anything was decided. */
  | { readonly kind: 'interrupted' }

/**
 * All that happens to a project under its mutex: what a dead worker left is brought to its end, then the newest want is
 * walked, when its time has come. Whatever goes wrong, the deployment that was wanted hears of it.
 */
export async function walkProject(options: WalkOptions): Promise<WalkResult> {
  const { site, mutex, onHold } = options
  let held: HeldMutex | null = null
  try {
    try {
      held = await mutex.tryAcquire(site.config.release.root)
      if (!held) return { kind: 'busy' }
      onHold('held')
      await site.releases.prepare()
      await finishEarlier(options)
      await dropPage(options)
    } catch (error) {
      return await walkNowhere(options, asSlipwayError(error))
    }
    const result = await walkNewest(options, held)
    if (result.kind === 'ended') await tellWhatThereIs(options, result.deployment)
    return result
  } catch (error) {
    if (options.nudge.signal.aborted) return { kind: 'interrupted' }
    throw error
  } finally {
    if (held) onHold('freed')
    await held?.release()
  }
}

async function tellWhatThereIs(
  { store, site, nudge, onLine }: WalkOptions,
  deployment: string,
): Promise<void> {
  const why = await tellReleases(store, site, nudge.signal)
  if (why) onLine(deployment, `the releases of the project could not be told: ${why}`)
}

/** The walk could not even begin: that is how the wanted deployment fails. */
async function walkNowhere(options: WalkOptions, error: SlipwayError): Promise<WalkResult> {
  const { store, site, nudge } = options
  if (nudge.signal.aborted) throw error
  for (;;) {
    const want = await abortable(store.want(site.name), nudge.signal)
    if (!want) return { kind: 'idle', why: 'nothing is wanted' }
    const before = (await abortable(store.deployment(want.deployment), nudge.signal))?.state ?? null
    if (isOver(nudge, before)) return over(want, before)
    const taken = await abortable(store.take(site.name, want.deployment), nudge.signal)
    if (!taken) continue
    return open(options, want.deployment, ({ reporter }) => fail(options, reporter, want, error))
  }
}

/** A newer push may come between any two of these looks; then they are done again for that one. */
async function walkNewest(options: WalkOptions, held: HeldMutex): Promise<WalkResult> {
  const { store, site, nudge } = options
  for (;;) {
    const want = await abortable(store.want(site.name), nudge.signal)
    if (!want) return { kind: 'idle', why: 'nothing is wanted' }
    const record = await abortable(store.deployment(want.deployment), nudge.signal)
    const before = record?.state ?? null
    // Whom a person wants to end need not wait for anything. What has ended was asked too late.
    const admission =
      record?.cancel && !isOutcome(record.state)
        ? ({ kind: 'go', pinned: null } as const)
        : await abortable(admit(admissionTools(options), site, want), nudge.signal)
    if (admission.kind === 'back' && before === 'live') return goBackAgain(options, held, want, admission.why)
    if (isOver(nudge, before)) return over(want, before)
    if (admission.kind === 'wait') {
      await abortable(store.wait(want.deployment, admission.why), nudge.signal)
      return admission
    }
    const taken = await abortable(store.take(site.name, want.deployment), nudge.signal)
    if (!taken) continue
    if (isOver(nudge, taken.before)) return over(want, taken.before)
    if (admission.kind === 'stop') return stopped(options, want, admission.why)
    const pinned = admission.kind === 'go' ? admission.pinned : null
    return walkWant(options, held, want, pinned)
  }
}

// A nudge may have many reasons; only one that failed itself and was given again is about a failed deployment.
function isOver({ isAgain }: Nudge, state: DeploymentState | null): boolean {
  if (state === null || !isOutcome(state)) return false
  return state !== 'failed' || !isAgain
}

function over({ deployment }: AcceptedWant, state: DeploymentState | null): WalkResult {
  return { kind: 'idle', why: `${deployment} ended as ${state}` }
}

async function finishEarlier(options: WalkOptions): Promise<void> {
  const { store, site, nudge } = options
  const intent = await site.releases.intent()
  if (!intent) return
  await open(options, intent.deployment, async ({ run, reporter }) => {
    const recovered = await recover(run)
    if (!recovered) return
    await conclude(options, reporter, recovered.deployment, recovered.end)
    const record = await abortable(store.deployment(recovered.deployment), nudge.signal)
    if (record?.rollout) await wake(options, reporter, { ...record, rollout: record.rollout })
  })
}

async function dropPage({ tools, store, site, nudge }: WalkOptions): Promise<void> {
  const book = { deployment: (id: string) => abortable(store.deployment(id), nudge.signal) }
  await dropLeftOver({ maintenance: tools.maintenance, store: book }, site.config.release.root)
}

function walkWant(
  options: WalkOptions,
  held: HeldMutex,
  want: AcceptedWant,
  pinned: string | null,
): Promise<WalkResult> {
  const { store, site, nudge } = options
  return open(options, want.deployment, async ({ run, reporter }) => {
    let end: RunEnd
    try {
      const recent = (limit: number) => abortable(store.deployments(site.name, limit), nudge.signal)
      const wanted = deployRun(options, held, run, await followHighest(run, want, recent), pinned)
      end = want.back ? await goBackTo(wanted, want.back) : await deploy(wanted)
    } catch (thrown) {
      if (thrown instanceof Postponed) return postpone(options, reporter, want, thrown)
      const error = asSlipwayError(thrown)
      if (error.code === 'CANCELLED') await endMigrationOf(run, want.deployment)
      const result = await fail(options, reporter, want, error)
      // What was linked to the release that is thrown away stays live and was touched by it.
      if (reporter.timings.some(({ step }) => step === 'copy')) await resealLive(run)
      return result
    }
    // Outside of the above: what is live must not be called failed because Redis did not take the news.
    options.failpoint('before:outcome')
    await conclude(options, reporter, want.deployment, end)
    options.failpoint('after:outcome')
    await wake(options, reporter, want)
    if (await tidy(run, want, end)) await reporter.flush()
    return { kind: 'ended', deployment: want.deployment, end }
  })
}

/** Back to the queue until its time; a newer push, or a person, ends the wait. */
async function postpone(
  options: WalkOptions,
  reporter: Reporter,
  want: AcceptedWant,
  { until, message: why }: Postponed,
): Promise<WalkResult> {
  const { store, nudge } = options
  const overtaken = await overtakenBy(options, want)
  if (overtaken) return endAs(options, reporter, want, overtaken)
  reporter.line(`[resolve] ${why}`)
  await reporter.flush()
  await abortable(store.wait(want.deployment, why), nudge.signal)
  return { kind: 'wait', until, why }
}

async function endAs(
  options: WalkOptions,
  reporter: Reporter,
  want: AcceptedWant,
  end: RunEnd,
): Promise<WalkResult> {
  await conclude(options, reporter, want.deployment, end)
  await wake(options, reporter, want)
  return { kind: 'ended', deployment: want.deployment, end }
}

/** What the next deploy is quicker for; false when there was nothing. What visitors see is decided by now. */
async function tidy(run: Run, want: AcceptedWant, { outcome }: RunEnd): Promise<boolean> {
  const removed = outcome === 'live' ? await retain(run) : 0
  const isOther = removed > 0 || want.back !== undefined || outcome === 'rolled-back'
  if (isOther) await resealLive(run)
  return isOther || outcome === 'live'
}

/** The rest of its rollout failed, and this host is not started. */
function stopped(options: WalkOptions, want: AcceptedWant, why: string): Promise<WalkResult> {
  return open(options, want.deployment, async ({ reporter }) => {
    const end: RunEnd = { outcome: 'failed', errorCode: 'ROLLOUT_STOPPED', why: `${why} It was not started.` }
    await conclude(options, reporter, want.deployment, end)
    return { kind: 'ended', deployment: want.deployment, end }
  })
}

/** The rest of its rollout failed, and this host goes back from what is live. */
function goBackAgain(
  options: WalkOptions,
  held: HeldMutex,
  want: AcceptedWant,
  why: string,
): Promise<WalkResult> {
  return open(options, want.deployment, async ({ run, reporter }) => {
    const failure = { code: 'ROLLOUT_STOPPED', message: why }
    const end = await revert(deployRun(options, held, run, want, null), failure)
    await reporter.flush()
    if (!end) return { kind: 'idle', why: `${want.deployment} stays live: there is nothing to go back to` }
    await conclude(options, reporter, want.deployment, end)
    await resealLive(run)
    await reporter.flush()
    return { kind: 'ended', deployment: want.deployment, end }
  })
}

function deployRun(
  { store, rollouts, site, nudge }: WalkOptions,
  held: HeldMutex,
  run: Run,
  want: AcceptedWant,
  pinned: string | null,
): DeployRun {
  return {
    ...run,
    want,
    pinned,
    agree: async (digest) =>
      want.rollout ? abortable(rollouts.pin(want.rollout, digest), nudge.signal) : digest,
    async newer(digest) {
      const newest = await abortable(store.want(site.name), nudge.signal)
      if (!newest || newest.seq <= want.seq) return null
      // The same content again is no reason to throw this work away; the newer one will find it live.
      return newest.digest === digest && newest.tag === want.tag ? null : newest
    },
    async fence(signal) {
      const owns = (await abortable(nudge.renewLock(), signal)) && (await held.stillHeld())
      if (!owns) throw new SlipwayError('FENCED', `The run for ${site.name} lost its right to switch.`)
    },
  }
}

async function fail(
  options: WalkOptions,
  reporter: Reporter,
  want: AcceptedWant,
  error: SlipwayError,
): Promise<WalkResult> {
  const { store, nudge, redact } = options
  const why = redact(error.message)
  reporter.line(`${error.code}: ${why}`)
  const isInterrupted = nudge.signal.aborted || error.code === 'INTERRUPTED'
  const mayGoOn = isInterrupted || (error.retryable && nudge.mayRetry)
  const overtaken = mayGoOn && !isInterrupted ? await overtakenBy(options, want) : null
  if (mayGoOn && !overtaken) {
    await reporter.flush()
    await store.requeue(want.deployment, error.code, why, reporter.timings)
    return { kind: 'retry', deployment: want.deployment, error }
  }
  const outcome = error.code === 'CANCELLED' ? 'cancelled' : 'failed'
  return endAs(options, reporter, want, overtaken ?? { outcome, errorCode: error.code, why })
}

/** What makes a further attempt pointless: a newer push must not wait for it, nor a person who took this one back. */
async function overtakenBy(
  { store, site, nudge }: WalkOptions,
  { deployment }: AcceptedWant,
): Promise<RunEnd | null> {
  const request = await abortable(store.cancelRequest(deployment), nudge.signal)
  if (request) return { outcome: 'cancelled', errorCode: 'CANCELLED', why: `Cancelled by ${request.by}.` }
  const newest = await abortable(store.want(site.name), nudge.signal)
  if (!newest || newest.deployment === deployment) return null
  const why = `${whatArrived(newest)} before its next attempt`
  return { outcome: 'superseded', supersededBy: newest.deployment, why }
}

// What a reason quotes may hold anything: the last words of a service that ended are some program's own.
async function conclude(
  { store, onEnd, redact }: WalkOptions,
  reporter: Reporter,
  deployment: string,
  found: RunEnd,
): Promise<void> {
  const end = found.why === undefined ? found : { ...found, why: redact(found.why) }
  onEnd(deployment, end)
  reporter.line(`outcome: ${end.outcome}${end.why ? ` (${end.why})` : ''}`)
  await reporter.flush()
  await store.finish(deployment, { ...end, timings: reporter.timings })
}

// What this host has come to stands already; the others are woken by reconcile too, if not now.
async function wake(options: WalkOptions, reporter: Reporter, want: HostPart): Promise<void> {
  if (!want.rollout) return
  try {
    await abortable(wakeOthers(admissionTools(options), want), options.nudge.signal)
  } catch (error) {
    reporter.line(`the other hosts of the rollout could not be woken: ${asSlipwayError(error).message}`)
    await reporter.flush()
  }
}

function admissionTools({ store, rollouts, nudger, tools }: WalkOptions): AdmissionTools {
  return { store, rollouts, nudger, timer: tools.timer }
}

/** A run for one deployment, with what looks out for its cancelling as long as it takes. */
async function open<T>(
  options: WalkOptions,
  deployment: string,
  work: (opened: { run: Run; reporter: Reporter }) => Promise<T>,
): Promise<T> {
  const { tools, site, nudge, store, redact, failpoint, onLine, onEvent } = options
  const reporter = createReporter({
    deployment,
    store,
    redact,
    jobLog: (text) => nudge.log(text),
    onLine: (text) => onLine(deployment, text),
    onEvent: (event) => onEvent(deployment, event),
  })
  const watch = watchCancel(() => store.cancelRequest(deployment))
  const signals = { signal: nudge.signal, drain: nudge.drain, cancel: watch.signal }
  const step = createStepRunner({ report: reporter, timer: tools.timer, failpoint, ...signals })
  try {
    return await work({ run: { ...tools, ...signals, site, report: reporter, step }, reporter })
  } finally {
    watch.stop()
  }
}
