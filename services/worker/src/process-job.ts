import { isOutcome, type Redact, readNudge, SlipwayError } from '@slipway/core'
import type { RunStore } from '@slipway/store'
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
  readonly mutex: ProjectMutex
  readonly redact: Redact
  readonly log: Logger
  readonly failpoint: Failpoint
  /** Milliseconds that a renewed lock lasts. */
  readonly lockDuration: number
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
  const { sites, store, log } = options
  return async (job, token = '', signal) => {
    const project = readNudge(job.data)?.project
    const site = project === undefined ? undefined : sites.get(project)
    if (!site) {
      if (project !== undefined) await refuse(store, project)
      throw new UnrecoverableError('PROJECT_UNKNOWN: this job names no project of this host')
    }
    const result = await walkProject({
      ...options,
      site,
      nudge: nudgeOf(job, token, stopSignal(signal), options.lockDuration),
      onLine: (deployment, text) => log.info({ project: site.name, deployment, text }, 'deploy'),
    })
    return toQueue(result, job, token, signal)
  }
}

// The configuration of whoever accepted the push is another one than ours.
async function refuse(store: RunStore, project: string): Promise<void> {
  const taken = await store.take(project)
  if (!taken || (taken.before !== null && isOutcome(taken.before))) return
  const why = `No project ${project} is configured for this host.`
  await store.finish(taken.want.deployment, { outcome: 'failed', errorCode: 'PROJECT_UNKNOWN', why })
}

async function toQueue(
  result: WalkResult,
  job: Job,
  token: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (result.kind === 'idle') return result.why
  if (result.kind === 'busy') return later(job, token, busyPause)
  if (result.kind === 'retry') {
    // Stopped from outside: that is no failed attempt, and the next start goes on.
    if (signal?.aborted) return later(job, token, 0)
    throw result.error
  }
  const { outcome, errorCode, why } = result.end
  const isFailure = outcome === 'failed' || outcome === 'rolled-back' || outcome === 'needs-operator'
  if (isFailure) throw new UnrecoverableError(`${outcome}: ${errorCode ?? ''} ${why ?? ''}`.trim())
  return `${outcome} (${result.deployment})`
}

async function later(job: Job, token: string, pause: number): Promise<never> {
  await job.moveToDelayed(Date.now() + pause, token)
  throw new DelayedError()
}

function nudgeOf(job: Job, token: string, signal: AbortSignal, lockDuration: number): Nudge {
  return {
    signal,
    mayRetry: job.attemptsMade + 1 < (job.opts.attempts ?? 1),
    log: (text) => job.log(text),
    renewLock: async () => (await job.extendLock(token, lockDuration)) === 1,
  }
}

function stopSignal(signal: AbortSignal | undefined): AbortSignal {
  const controller = new AbortController()
  const stop = () =>
    controller.abort(new SlipwayError('CANCELLED', 'The run was asked to stop before its end.'))
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  return controller.signal
}
