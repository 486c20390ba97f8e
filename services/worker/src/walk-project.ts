import { type AcceptedWant, asSlipwayError, isOutcome, type Redact, SlipwayError } from '@slipway/core'
import type { RunEnd, RunStore } from '@slipway/store'
import { abortable } from './abortable.ts'
import type { HeldMutex, ProjectMutex } from './ports/project-mutex.ts'
import { createReporter, type Reporter } from './reporter.ts'
import { deploy } from './rollout/deploy.ts'
import { recover } from './rollout/recover.ts'
import { retain } from './rollout/retain.ts'
import type { Run, Site, Tools } from './rollout/run.ts'
import { createStepRunner, type Failpoint } from './rollout/step.ts'

/** What the job behind a walk offers, without naming a queue. */
export interface Nudge {
  readonly signal: AbortSignal
  /** True when a failure of this attempt may be tried again. */
  readonly mayRetry: boolean
  log(text: string): Promise<unknown>
  /** True when the queue still counts this run as the one that has the job. */
  renewLock(): Promise<boolean>
}

export interface WalkOptions {
  readonly tools: Tools
  readonly store: RunStore
  readonly site: Site
  readonly mutex: ProjectMutex
  readonly nudge: Nudge
  readonly redact: Redact
  readonly failpoint: Failpoint
  readonly onLine: (deployment: string, text: string) => void
}

/** What came of a nudge. */
export type WalkResult =
  | { readonly kind: 'ended'; readonly deployment: string; readonly end: RunEnd }
  /** It goes on in a later attempt. */
  | { readonly kind: 'retry'; readonly deployment: string; readonly error: SlipwayError }
  /** There was nothing to do. */
  | { readonly kind: 'idle'; readonly why: string }
  /** Somebody else has the project. */
  | { readonly kind: 'busy' }

/**
 * All that happens to a project under its mutex: what a dead worker left is brought to its end, then the newest want is
 * walked. Whatever goes wrong, the deployment that was wanted hears of it.
 */
export async function walkProject(options: WalkOptions): Promise<WalkResult> {
  const { site, mutex } = options
  let held: HeldMutex | null = null
  try {
    try {
      held = await mutex.tryAcquire(site.config.release.root)
      if (!held) return { kind: 'busy' }
      await site.releases.prepare()
      await finishEarlier(options)
    } catch (error) {
      return await walkNowhere(options, asSlipwayError(error))
    }
    const taken = await take(options)
    return 'kind' in taken ? taken : await walkWant(options, held, taken)
  } finally {
    await held?.release()
  }
}

/** The walk could not even begin: that is how the wanted deployment fails. */
async function walkNowhere(options: WalkOptions, error: SlipwayError): Promise<WalkResult> {
  if (options.nudge.signal.aborted) throw error
  const taken = await take(options)
  return 'kind' in taken ? taken : fail(options, open(options, taken.deployment).reporter, taken, error)
}

async function take({ store, site, nudge }: WalkOptions): Promise<AcceptedWant | WalkResult> {
  const taken = await abortable(store.take(site.name), nudge.signal)
  if (!taken) return { kind: 'idle', why: 'nothing is wanted' }
  const { want, before } = taken
  // A failed one may be walked again, when somebody nudges it; any other end is an end.
  const isEnded = before !== null && isOutcome(before) && before !== 'failed'
  return isEnded ? { kind: 'idle', why: `${want.deployment} ended as ${before}` } : want
}

async function finishEarlier(options: WalkOptions): Promise<void> {
  const { store, site } = options
  const intent = await site.releases.intent()
  if (!intent) return
  const { run, reporter } = open(options, intent.deployment)
  const recovered = await recover(run)
  if (recovered) await conclude(store, reporter, recovered.deployment, recovered.end)
}

async function walkWant(options: WalkOptions, held: HeldMutex, want: AcceptedWant): Promise<WalkResult> {
  const { store, site, nudge } = options
  const { run, reporter } = open(options, want.deployment)
  let end: RunEnd
  try {
    end = await deploy({
      ...run,
      want,
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
    })
  } catch (thrown) {
    return fail(options, reporter, want, asSlipwayError(thrown))
  }
  // Outside of the above: what is live must not be called failed because Redis did not take the news.
  await conclude(store, reporter, want.deployment, end)
  if (end.outcome === 'live') {
    await retain(run)
    await reporter.flush()
  }
  return { kind: 'ended', deployment: want.deployment, end }
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
  if (nudge.signal.aborted || (error.retryable && nudge.mayRetry)) {
    await reporter.flush()
    await store.requeue(want.deployment, error.code, why, reporter.timings)
    return { kind: 'retry', deployment: want.deployment, error }
  }
  const end: RunEnd = { outcome: 'failed', errorCode: error.code, why }
  await conclude(store, reporter, want.deployment, end)
  return { kind: 'ended', deployment: want.deployment, end }
}

async function conclude(store: RunStore, reporter: Reporter, deployment: string, end: RunEnd): Promise<void> {
  reporter.line(`outcome: ${end.outcome}${end.why ? ` (${end.why})` : ''}`)
  await reporter.flush()
  await store.finish(deployment, { ...end, timings: reporter.timings })
}

function open(options: WalkOptions, deployment: string): { run: Run; reporter: Reporter } {
  const { tools, site, nudge, store, redact, failpoint, onLine } = options
  const reporter = createReporter({
    deployment,
    store,
    redact,
    jobLog: (text) => nudge.log(text),
    onLine: (text) => onLine(deployment, text),
  })
  const step = createStepRunner({ report: reporter, timer: tools.timer, signal: nudge.signal, failpoint })
  return { run: { ...tools, site, report: reporter, step, signal: nudge.signal }, reporter }
}
