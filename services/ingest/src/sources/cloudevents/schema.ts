import { z } from 'zod'
import { looseTime, neededText } from '../fields.ts'

/** The attributes that the specification demands of every event, and its time. */
export const attributes = z.object({
  specversion: z.literal('1.0'),
  id: neededText,
  source: neededText,
  type: neededText,
  time: looseTime,
})

export type Attributes = z.output<typeof attributes>

/** Where the data of an event is, in the JSON format; never in both places. */
export const eventData = z.object({
  data: z.unknown().optional(),
  data_base64: z.string().nullish(),
})
