import { z } from 'zod'

/** Events are read one by one: a strange one must not hold up the others. */
export const envelope = z.object({ events: z.array(z.unknown()) })

const text = z.string().optional().catch(undefined)

/** The part of an event that is read. Blobs have no tag, deletions of a repository neither tag nor digest. */
export const eventSchema = z.object({
  id: text,
  timestamp: text,
  action: z.string(),
  target: z.object({ repository: text, tag: text, digest: text }).optional().catch(undefined),
  request: z.object({ host: text }).optional().catch(undefined),
})

export type Event = z.output<typeof eventSchema>
