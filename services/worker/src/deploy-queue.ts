import {
  type Config,
  deployQueueName,
  isOutcome,
  keyPrefix,
  readNudge,
  retryDelay,
  SlipwayError,
} from '@slipway/core'
import type { RedisClient, RunEnd, RunStore } from '@slipway/store'
import { type Job, type MinimalJob, Worker } from 'bullmq'
import type { Logger } from 'pino'
import type { Processor } from './process-job.ts'
import { restWhenRefused } from './rest-when-refused.ts'

export interface DeployQueueOptions {
  readonly host: string
  readonly redis: RedisClient
  readonly settings: Config['worker']
  readonly store: RunStore
  readonly log: Logger
  /** Told how a deployment of a project ends that no run is left to end. */
  readonly onEnd: (project: string, deployment: string, end: RunEnd) => void
}

/** How often a job may lose its worker before it is given up: it is no fault of the release, up to a point. */
const mostStalls = 5
/** Milliseconds, for a job that was added by hand and names no delay. */
const shortestPause = 1_000

/** The host's queue, not yet running. */
export function openDeployQueue(process: Processor, options: DeployQueueOptions): Worker {
  const { host, redis, settings, log } = options
  // Three named parameters: BullMQ looks at their number to decide whether the processor takes a signal.
  const worker = new Worker(deployQueueName(host), (job, token, signal) => process(job, token, signal), {
    connection: redis,
    prefix: keyPrefix(host),
    concurrency: settings.concurrency,
    lockDuration: settings.lock_duration,
    stalledInterval: settings.stalled_interval,
    maxStalledCount: mostStalls,
    settings: { backoffStrategy: pauseAfter },
    autorun: false,
  })
  worker.on('error', (error) => log.error({ error: error.message }, 'queue error'))
  restWhenRefused(worker)
  worker.on('lockRenewalFailed', (ids) => {
    log.warn({ jobs: ids }, 'lock lost')
    for (const id of ids) worker.cancelJob(id, 'the lock was lost')
  })
  worker.on('failed', (job, error) => {
    log.warn({ job: job?.id, error: error.message }, 'job failed')
    if (job) closeAbandoned(job, options).catch((cause: unknown) => log.error({ cause }, 'record not closed'))
  })
  return worker
}

function pauseAfter(attempt: number, _type?: string, error?: Error, job?: MinimalJob): number {
  const { backoff } = job?.opts ?? {}
  const delay = (typeof backoff === 'number' ? backoff : backoff?.delay) ?? shortestPause
  const retryAfterMs = error instanceof SlipwayError ? error.retryAfterMs : undefined
  return retryDelay({ attempt, delay, retryAfterMs, random: Math.random() })
}

/** Stops taking jobs, gives the running ones their time, then asks them to stop where they are. */
export async function closeDeployQueue(worker: Worker, timeout: number): Promise<void> {
  const closed = worker.close()
  const late = setTimeout(() => worker.cancelAllJobs('the worker is shutting down'), timeout)
  await closed
  clearTimeout(late)
}

// BullMQ fails a job whose workers died too often without running it again: nobody else would end its record.
async function closeAbandoned(job: Job, { store, onEnd }: DeployQueueOptions): Promise<void> {
  if (job.stalledCounter <= mostStalls) return
  const project = readNudge(job.data)?.project
  const want = project === undefined ? null : await store.want(project)
  const record = want && (await store.deployment(want.deployment))
  if (!record || isOutcome(record.state)) return
  // A newer push may have begun meanwhile; that one is not abandoned.
  const isOfThisJob = record.startedAt !== null && record.startedAt <= (job.finishedOn ?? 0)
  if (!isOfThisJob) return
  const why = 'The worker died or lost its lock too often while it was at this deployment.'
  const end = { outcome: 'failed', errorCode: 'ATTEMPTS_EXHAUSTED', why } as const
  onEnd(record.project, record.id, end)
  await store.finish(record.id, end)
}
