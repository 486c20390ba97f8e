import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** The part of a call that is read; every documented call has a tag. Older ones write times as floats. */
export const hubCall = z.object({
  push_data: z.object({
    tag: neededText,
    pushed_at: looseTime,
    // Not in the documentation, and not in every call.
    media_type: looseText,
  }),
  repository: z.object({
    repo_name: optionalText,
    namespace: optionalText,
    name: optionalText,
  }),
})

export type HubCall = z.output<typeof hubCall>
