import { type Config, keyPrefix, maintenanceQueueName, type Schedules, SlipwayError } from '@slipway/core'
import type { RedisClient } from '@slipway/store'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import type { Logger } from 'pino'
import { createLane, type Lane } from './lanes.ts'
import { restWhenRefused } from './rest-when-refused.ts'
import { ensureSchedules, repeatStrategy } from './schedules.ts'

/** Jobs that are taken at once: a prune that takes an hour must not keep the polls from being done meanwhile. */
const atOnce = 4

export interface MaintenanceOptions {
  readonly host: string
  readonly redis: RedisClient
  /** Those of this host. */
  readonly schedules: Partial<Schedules>
  readonly settings: Pick<Config['worker'], 'lock_duration' | 'stalled_interval'>
  /**
   * What is done for a job, by its name: one of a name at a time, those of different names side by side. What the job
   * carries may have been written by anybody.
   */
  readonly work: Readonly<Record<string, (signal: AbortSignal, data: unknown) => Promise<void>>>
  readonly log: Logger
}

/** The jobs of one host by the clock, and those that people ask for. */
export interface Maintenance {
  /** Puts the schedules in place; also again, when Redis was emptied. */
  ensure(): Promise<void>
  run(): void
  /** Stops taking jobs and asks the one under way to end. */
  close(): Promise<void>
}

export function openMaintenance(options: MaintenanceOptions): Maintenance {
  const { host, redis, schedules, settings, work, log } = options
  const connection = { connection: redis, prefix: keyPrefix(host), settings: { repeatStrategy } }
  const lanes = new Map(Object.keys(work).map((name): [string, Lane] => [name, createLane()]))
  const stopping = new AbortController()
  const queue = new Queue(maintenanceQueueName(host), connection)
  queue.on('error', () => {})
  const worker = new Worker(
    maintenanceQueueName(host),
    async (job, _token, signal) => {
      const doIt = Object.hasOwn(work, job.name) ? work[job.name] : undefined
      const lane = lanes.get(job.name)
      if (!doIt || !lane) throw new UnrecoverableError(`there is no job by the clock named "${job.name}"`)
      const asked = signal ? AbortSignal.any([stopping.signal, signal]) : stopping.signal
      await lane.through(() => doIt(asked, job.data), asked)
    },
    {
      ...connection,
      concurrency: atOnce,
      lockDuration: settings.lock_duration,
      stalledInterval: settings.stalled_interval,
      autorun: false,
    },
  )
  worker.on('error', (error) => log.error({ error: error.message }, 'queue error'))
  restWhenRefused(worker)
  worker.on('failed', (job, error) =>
    log.error({ job: job?.name, error: error.message }, 'job by the clock failed'),
  )
  return {
    ensure: () => ensureSchedules(queue, schedules),
    run() {
      worker.run().catch((error: unknown) => log.error({ error: String(error) }, 'queue stopped'))
    },
    async close() {
      stopping.abort(
        new SlipwayError('INTERRUPTED', 'The worker is to stop; the job was not done to its end.'),
      )
      worker.cancelAllJobs('the worker is shutting down')
      await worker.close()
      await queue.close()
    },
  }
}
