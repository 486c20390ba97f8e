import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What every call of a webhook has; a ping has no target. */
export const webhookCall = z.object({
  id: looseText,
  timestamp: looseTime,
  action: neededText,
})

/** The part of a push that is read. */
export const pushCall = z.object({
  target: z.object({
    repository: neededText,
    tag: optionalText,
    digest: looseText,
    mediaType: looseText,
  }),
  request: z.object({ host: looseText }).optional().catch(undefined),
})

/** An event of Event Grid, in its own form or as a CloudEvent. The data is the call of the webhook. */
export const gridEvent = z.union([
  z.object({ id: looseText, type: neededText, time: looseTime, data: z.unknown().optional() }),
  z
    .object({ id: looseText, eventType: neededText, eventTime: looseTime, data: z.unknown().optional() })
    .transform(({ id, eventType, eventTime, data }) => ({ id, type: eventType, time: eventTime, data })),
])
