import { isRequestId, type PruneRecord, pruneKinds, type RunAnswer, scheduleNames } from '@slipway/core'
import type { ScheduleReport } from '@slipway/store'
import { z } from 'zod'
import { named, time } from './schemas.ts'

const count = z.int().min(0)
const bytes = z.number().min(0).describe('Bytes.')
const kind = z.enum(pruneKinds)

const item = z.object({
  kind,
  id: z.string(),
  name: z.string(),
  project: z.string().nullable(),
  bytes,
  keep: z.boolean(),
  why: z.string(),
  names: z.array(z.string()).exactOptional(),
  guards: z.array(z.string()).exactOptional(),
})
const disk = z.object({
  of: z.string().describe('`engine`, or a project whose release root lies on it.'),
  path: z.string(),
  bytes,
  freeBytes: bytes,
  inodes: count,
  freeInodes: count,
})
const end = {
  outcome: z.enum(['done', 'problems', 'failed']),
  errorCode: z.string().nullable(),
  why: z.string().nullable(),
  milliseconds: z.number(),
}
const of = z.object({ kept: count, deleted: count, failed: count })

const prune = named(
  'Prune',
  z.object({
    host: z.string(),
    startedAt: time,
    cause: z.enum(['schedule', 'command', 'disk']),
    by: z.string().nullable().describe('Who asked, of a command.'),
    isDryRun: z.boolean().describe('Nothing was deleted: this is what would be.'),
    ...end,
    counts: z.object({
      ...{ release: of, container: of, image: of, network: of, volume: of, 'build-cache': of },
    }),
    deleted: z.array(item).describe('What went; a long list is cut.'),
    deletedMore: count,
    kept: z.array(item).describe('What stays; a long list is cut.'),
    keptMore: count,
    problems: z.array(z.object({ kind, name: z.string(), why: z.string() })),
    freedBytes: bytes,
    before: z.array(disk),
    after: z.array(disk),
    advice: z.string().nullable().describe('What a person could do about a disk that is too full.'),
  }),
) satisfies z.ZodType<PruneRecord>

export const prunes = named(
  'Prunes',
  z.object({ prunes: z.array(prune).describe('By host, the newest first.') }),
)

export const prunesAsked = named(
  'PrunesAsked',
  z.object({
    requests: z
      .array(z.object({ host: z.string(), request: z.string() }))
      .describe('The workers answer by and by, at /prunes/{host}/{request}.'),
  }),
)

export const pruneAnswer = named(
  'PruneAnswer',
  z.object({
    state: z.enum(['waiting', 'active', 'ended']).describe('`waiting`: no worker has taken it yet.'),
    answer: z
      .object({
        host: z.string(),
        name: z.enum(scheduleNames),
        startedAt: time,
        by: z.string().nullable(),
        ...end,
        prune: prune.nullable(),
      })
      .nullable()
      .describe(
        'Null as long as there is none; it is there for an hour.',
      ) satisfies z.ZodType<RunAnswer | null>,
  }),
)

export const pruneBody = named(
  'PruneTerms',
  z.strictObject({
    host: z.string().max(63).optional().describe('Only there; default: every host.'),
    dryRun: z.boolean().default(false).describe('True: delete nothing, tell what would be.'),
  }),
)

const schedule = named(
  'Schedule',
  z.object({
    host: z.string(),
    name: z.enum(scheduleNames),
    repeat: z.object({
      every: z.number().exactOptional().describe('Milliseconds.'),
      pattern: z.string().exactOptional().describe('A cron expression.'),
      tz: z.string().exactOptional(),
    }),
    state: z
      .enum(['in-place', 'differs', 'missing'])
      .describe('`missing`: no worker has put it in place. `differs`: its worker has another configuration.'),
    next: time.nullable(),
    last: z
      .object({
        ...{ host: z.string(), name: z.enum(scheduleNames), startedAt: time, by: z.string().nullable() },
        ...end,
      })
      .nullable(),
  }),
) satisfies z.ZodType<ScheduleReport>

export const schedules = named('Schedules', z.object({ schedules: z.array(schedule) }))

export const pruneQuery = z.strictObject({
  host: z.string().max(63).optional().describe('Only there; default: every host.'),
  count: z
    .string()
    .regex(/^(?:[1-9]|[1-4]\d|50)$/, { error: 'write a number from 1 to 50' })
    .optional()
    .describe('So many of each host at most; default: 5.'),
})

export const byPruneRequest = z.strictObject({
  host: z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
  request: z.string().refine(isRequestId),
})
