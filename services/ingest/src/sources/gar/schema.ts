import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What Pub/Sub pushes: the notification stands in `data`. Some names come in two spellings. */
export const envelope = z.object({
  message: z.object({
    data: neededText,
    messageId: looseText,
    message_id: looseText,
    publishTime: looseTime,
  }),
})

/** A notification of Artifact Registry. Digest and tag are whole references, and either may be missing. */
export const notification = z.object({
  action: neededText,
  digest: looseText,
  tag: optionalText,
})
