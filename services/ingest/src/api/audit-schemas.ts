import { readDuration, refusalReasons } from '@slipway/core'
import type { RefusedCalls } from '@slipway/store'
import { z } from 'zod'
import { named, time } from './schemas.ts'

const mostLines = 1_000

export const auditQuery = z.strictObject({
  hook: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
    .optional()
    .describe('Only calls of this hook.'),
  since: z
    .string()
    .max(16)
    .refine((text) => readDuration(text) !== null, { error: 'write a duration, such as 1h' })
    .optional()
    .describe('How far back, such as 30m or 7d. Default: a day.'),
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,3}$/)
    .refine((text) => Number(text) <= mostLines, { error: `write a number up to ${mostLines}` })
    .optional()
    .describe('Lines at most. Default: 200.'),
})

const refusedCalls = named(
  'RefusedCalls',
  z.object({
    at: time.describe('When the first of them came.'),
    hook: z.string().nullable().describe('Null when there is no such hook.'),
    source: z.string().nullable(),
    reason: z.enum(refusalReasons),
    peer: z.string().nullable().describe('Address of the caller; null for several together.'),
    status: z.int().describe('What they were answered with.'),
    count: z.int().min(1).describe('Calls that were refused alike within a short time.'),
  }),
) satisfies z.ZodType<RefusedCalls>

export const audit = named(
  'Audit',
  z.object({ refused: z.array(refusedCalls).describe('The newest first.') }),
)
