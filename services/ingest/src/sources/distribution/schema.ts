import { z } from 'zod'
import { looseText, looseTime } from '../fields.ts'

/** Events are read one by one: a strange one must not hold up the others. */
export const envelope = z.object({ events: z.array(z.unknown()) })

const target = z.object({
  repository: looseText,
  tag: looseText,
  digest: looseText,
  // Only with `includereferences` of the registry; the config of the manifest is the first of them.
  references: z
    .array(z.object({ mediaType: looseText }))
    .optional()
    .catch(undefined),
})

/** The part of an event that is read. Blobs have no tag, deletions of a repository neither tag nor digest. */
export const eventSchema = z.object({
  id: looseText,
  timestamp: looseTime,
  action: z.string(),
  target: target.optional().catch(undefined),
  request: z.object({ host: looseText }).optional().catch(undefined),
})

export type Event = z.output<typeof eventSchema>
