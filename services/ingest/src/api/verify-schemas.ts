import type { Verification } from '@slipway/core'
import { z } from 'zod'
import { named, time } from './schemas.ts'

const paths = z.array(z.string()).describe('Relative to the release; a long list is cut, the counts are not.')
const count = z.int().min(0)

const verification = named(
  'Verification',
  z.object({
    project: z.string(),
    host: z.string(),
    at: time,
    quick: z.boolean().describe('Only files whose inode, size or times differ were read.'),
    outcome: z.enum(['clean', 'drift', 'busy', 'failed']),
    report: z
      .object({
        release: z.string(),
        digest: z.string(),
        at: time,
        added: paths,
        changed: paths,
        missing: paths,
        counts: z.object({ added: count, changed: count, missing: count }),
        read: count.describe('Files whose content was read.'),
        files: count.describe('Files that were looked at.'),
      })
      .nullable(),
    strayed: z
      .object({ to: z.string().nullable() })
      .nullable()
      .describe('What the link `current` holds, when that is not the live release.'),
    errorCode: z.string().nullable(),
    why: z.string().nullable(),
  }),
) satisfies z.ZodType<Verification>

export const verifications = named(
  'Verifications',
  z.object({ verifications: z.array(verification).describe('None of a host that never looked.') }),
)

export const verificationsAsked = named(
  'VerificationsAsked',
  z.object({
    requests: z
      .array(z.object({ host: z.string(), request: z.string() }))
      .describe('The workers answer by and by; GET tells what they found.'),
  }),
)
