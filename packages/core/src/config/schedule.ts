import { z } from 'zod'
import { refuseBadCron } from './cron-fields.ts'
import { secretRef } from './secret-ref.ts'
import { positiveDuration } from './units.ts'

const ping = secretRef.optional().meta({
  description:
    'URL that is called (GET) after each run by the clock that went well, so that somebody outside notices when they end.',
})

const schedule = z
  .union(
    [
      z
        .strictObject({ cron: z.string().min(1), timezone: z.string().min(1).optional(), ping })
        .superRefine(refuseBadCron),
      z.strictObject({ every: positiveDuration, ping }),
    ],
    { error: 'write { cron: "0 0 * * *", timezone: Asia/Shanghai } or { every: 5m }' },
  )
  .meta({ description: 'When a maintenance job runs.' })

export type Schedule = z.output<typeof schedule>

/** The jobs by the clock, in alphabetical order. */
export const scheduleNames = ['poll', 'prune', 'reconcile', 'verify'] as const
export type ScheduleName = (typeof scheduleNames)[number]

export const schedules = z
  .strictObject({
    poll: schedule.prefault({ every: '10s' }).meta({
      description:
        'How often the worker looks which projects with `poll` are due; without such projects nothing is scheduled.',
    }),
    prune: schedule
      .optional()
      .meta({ description: 'When what nobody needs is deleted; never without an entry.' }),
    reconcile: schedule.prefault({ every: '5m' }).meta({
      description: 'When the worker compares what is wanted with what is there, and mends what was lost.',
    }),
    verify: schedule.optional().meta({
      description: 'When the live releases are compared with their manifests; never without an entry.',
    }),
  })
  .prefault({})
  .meta({ description: 'Maintenance by the clock.' })

export type Schedules = z.output<typeof schedules>

/** What of a configuration says which jobs a host has. */
interface Scheduling {
  readonly schedules: Schedules
  readonly projects: Readonly<Record<string, { readonly hosts: readonly string[]; readonly poll?: unknown }>>
}

/**
 * The schedules that one host has to keep. It polls only where a project asks for that; of a project with several hosts the
 * first one polls for all.
 */
export function schedulesOf({ schedules, projects }: Scheduling, host: string): Partial<Schedules> {
  const { poll, ...others } = schedules
  const isPolled = Object.values(projects).some((one) => one.poll !== undefined && one.hosts[0] === host)
  return isPolled ? { poll, ...others } : others
}
