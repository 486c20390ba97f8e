import { isOutcome, type Redact, readNudge, SlipwayError } from '@slipway/core'
import { type Nudger, patiently, type RolloutStore, type RunEnd, type RunStore } from '@slipway/store'
import { DelayedError, type Job, UnrecoverableError } from 'bullmq'
import type { Logger } from 'pino'
import type { ProjectMutex } from './ports/project-mutex.ts'
import type { Site, Tools } from './rollout/run.ts'
import type { Failpoint } from './rollout/step.ts'
import { type Nudge, type WalkResult, walkProject } from './walk-project.ts'

export interface ProcessorOptions {
  readonly sites: ReadonlyMap<string, Site>
  readonly tools: Tools
  readonly store: RunStore
  readonly rollouts: RolloutStore
  readonly nudger: Pick<Nudger, 'nudge' | 'nudgeIfIdle'>
  readonly mutex: ProjectMutex
  readonly redact: Redact
  readonly log: Logger
  /** Told how a deployment of a project ends. Returns at once. */
  readonly onEnd: (project: string, deployment: string, end: RunEnd) => void
  readonly failpoint: Failpoint
  /** Milliseconds that a renewed lock lasts. */
  readonly lockDuration: number
  /** Fires when the worker is to stop: no further step is begun then. */
  readonly drain: AbortSignal
}

export type Processor = (
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<string>

/** Milliseconds until a nudge looks again, when somebody else holds its project. */
const busyPause = 5_000

/** From a nudge to a walk, and from our ends to BullMQ's: here and only here. */
export function createProcessor(options: ProcessorOptions): Processor {
  const { sites, log, redact } = options
  return async (job, token = '', signal) => {
    try {
      return await run(job, token, signal)
    } catch (error) {
      throw withoutSecrets(error, redact)
    }
  }

  async function run(job: Job, token: string, signal: AbortSignal | undefined): Promise<string> {
    // A worker that stops may be given a job in the same moment, also the one that it has just put back.
    if (options.drain.aborted) return later(job, token, 0)
    const project = readNudge(job.data)?.project
    const site = project === undefined ? undefined : sites.get(project)
    if (!site) {
      if (project !== undefined) await refuse(options, project)
      throw new UnrecoverableError('PROJECT_UNKNOWN: this job names no project of this host')
    }
    const result = await walkProject({
      ...options,
      site,
      nudge: nudgeOf(job, token, stopSignal(signal), options),
      onLine: (deployment, text) => log.info({ project: site.name, deployment, text }, 'deploy'),
      onEvent: (deployment, event) =>
        log.info({ project: site.name, deployment, ...event }, 'current changed'),
      onEnd: (deployment, end) => options.onEnd(site.name, deployment, end),
      onHold: (phase) => log.info({ project: site.name, phase }, 'mutex'),
    })
    return toQueue(result, job, token, signal, options.tools.timer.now())
  }
}

// BullMQ keeps the message and the stack of what is thrown in Redis, and the board shows them. A registry may have said
// anything, and the engine passes it on.
function withoutSecrets(error: unknown, redact: Redact): unknown {
  if (!(error instanceof Error)) return error
  error.message = redact(error.message)
  if (error.stack) error.stack = redact(error.stack)
  return error
}

// The configuration of whoever accepted the push is another one than ours.
async function refuse(
  { store, onEnd }: Pick<ProcessorOptions, 'store' | 'onEnd'>,
  project: string,
): Promise<void> {
  const taken = await store.take(project)
  if (!taken || (taken.before !== null && isOutcome(taken.before))) return
  const why = `No project ${project} is configured for this host.`
  const end = { outcome: 'failed', errorCode: 'PROJECT_UNKNOWN', why } as const
  onEnd(project, taken.want.deployment, end)
  await store.finish(taken.want.deployment, end)
}

async function toQueue(
  result: WalkResult,
  job: Job,
  token: string,
  signal: AbortSignal | undefined,
  now: number,
): Promise<string> {
  if (result.kind === 'idle') return result.why
  if (result.kind === 'busy') return later(job, token, busyPause)
  if (result.kind === 'wait') return wait(result, job, token, now)
  if (result.kind === 'interrupted') return later(job, token, 0)
  if (result.kind === 'retry') {
    // Stopped from outside: that is no failed attempt, and the next start goes on.
    if (signal?.aborted || result.error.code === 'INTERRUPTED') return later(job, token, 0)
    throw result.error
  }
  const { outcome, errorCode, why } = result.end
  const isFailure = outcome === 'failed' || outcome === 'rolled-back' || outcome === 'needs-operator'
  if (isFailure) throw new UnrecoverableError(`${outcome}: ${errorCode ?? ''} ${why ?? ''}`.trim())
  return `${outcome} (${result.deployment})`
}

// Somebody nudges when it may go on, or the job itself comes back at the time.
async function wait(
  { until, why }: WalkResult & { kind: 'wait' },
  job: Job,
  token: string,
  now: number,
): Promise<string> {
  await job.log(why)
  return until === null ? why : later(job, token, Math.max(0, until - now))
}

async function later(job: Job, token: string, pause: number): Promise<never> {
  await job.moveToDelayed(Date.now() + pause, token)
  throw new DelayedError()
}

function nudgeOf(
  job: Job,
  token: string,
  signal: AbortSignal,
  { drain, lockDuration }: Pick<ProcessorOptions, 'drain' | 'lockDuration'>,
): Nudge {
  return {
    signal,
    drain,
    mayRetry: job.attemptsMade + 1 < (job.opts.attempts ?? 1),
    isAgain: job.attemptsMade > 0,
    log: (text) => job.log(text),
    // A Redis without memory or disk says nothing about whose job it is.
    renewLock: async () => (await patiently(() => job.extendLock(token, lockDuration))) === 1,
  }
}

function stopSignal(signal: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController()
  const stop = () => controller.abort(new SlipwayError('INTERRUPTED', 'The run had to stop before its end.'))
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  return controller.signal
}
