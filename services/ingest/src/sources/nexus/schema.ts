import { z } from 'zod'
import { looseTime, neededText, optionalText } from '../fields.ts'

/** The part of a component event that is read. */
export const componentEvent = z.object({
  timestamp: looseTime,
  action: neededText,
  component: z.object({ format: neededText, name: optionalText, version: optionalText }),
})
