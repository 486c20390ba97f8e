import { z } from 'zod'
import { looseTime, neededText } from '../fields.ts'

/** The form that the specification recommends for bodies. */
export const webhookCall = z.object({
  type: neededText,
  timestamp: looseTime,
  data: z.unknown().optional(),
})
