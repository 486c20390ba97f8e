import { type Config, keyPrefix, maintenanceQueueName } from '@slipway/core'
import type { RedisClient } from '@slipway/store'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import type { Logger } from 'pino'
import { restWhenRefused } from './rest-when-refused.ts'
import { ensureSchedules } from './schedules.ts'

export interface MaintenanceOptions {
  readonly host: string
  readonly redis: RedisClient
  readonly schedules: Config['schedules']
  readonly settings: Pick<Config['worker'], 'lock_duration' | 'stalled_interval'>
  /** What is done at the time of a schedule, by its name. */
  readonly work: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>
  readonly log: Logger
}

/** The jobs by the clock of one host. */
export interface Maintenance {
  /** Puts the schedules in place; also again, when Redis was emptied. */
  ensure(): Promise<void>
  run(): void
  /** Stops taking jobs and asks the one under way to end. */
  close(): Promise<void>
}

export function openMaintenance(options: MaintenanceOptions): Maintenance {
  const { host, redis, schedules, settings, work, log } = options
  const connection = { connection: redis, prefix: keyPrefix(host) }
  const queue = new Queue(maintenanceQueueName(host), connection)
  queue.on('error', () => {})
  const worker = new Worker(
    maintenanceQueueName(host),
    async (job, _token, signal) => {
      const doIt = Object.hasOwn(work, job.name) ? work[job.name] : undefined
      if (!doIt) throw new UnrecoverableError(`there is no job by the clock named "${job.name}"`)
      await doIt(signal ?? new AbortController().signal)
    },
    {
      ...connection,
      concurrency: 1,
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
      worker.cancelAllJobs('the worker is shutting down')
      await worker.close()
      await queue.close()
    },
  }
}
