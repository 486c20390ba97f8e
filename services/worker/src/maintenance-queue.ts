import { type Config, keyPrefix, maintenanceQueueName } from '@slipway/core'
import type { RedisClient } from '@slipway/store'
import { Queue, UnrecoverableError, Worker } from 'bullmq'
import type { Logger } from 'pino'
import { restWhenRefused } from './rest-when-refused.ts'
import { ensureSchedules, keptJobs } from './schedules.ts'

/** Of BullMQ: jobs that have none are taken before jobs that have any. */
const whenNobodyWaits = 10

export interface MaintenanceOptions {
  readonly host: string
  readonly redis: RedisClient
  readonly schedules: Config['schedules']
  readonly settings: Pick<Config['worker'], 'lock_duration' | 'stalled_interval'>
  /** What is done for a job, by its name. What the job carries may have been written by anybody. */
  readonly work: Readonly<Record<string, (signal: AbortSignal, data: unknown) => Promise<void>>>
  readonly log: Logger
}

/** The jobs of one host by the clock, and those that people ask for. */
export interface Maintenance {
  /**
   * Adds a job of this kind for each project, one after the other, behind all that anybody waits for; one that is
   * there already is not added again.
   */
  addForEach(name: string, projects: readonly string[], facts: object): Promise<void>
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
      await doIt(signal ?? new AbortController().signal, job.data)
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
    async addForEach(name, projects, facts) {
      const ended = { count: keptJobs }
      await queue.addBulk(
        projects.map((project) => ({
          name,
          data: { project, ...facts },
          opts: {
            deduplication: { id: `${name}:${project}` },
            priority: whenNobodyWaits,
            removeOnComplete: ended,
            removeOnFail: ended,
          },
        })),
      )
    },
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
