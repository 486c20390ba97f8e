import { z } from 'zod'
import { looseText, looseTime, neededText } from '../fields.ts'

/** The part of a CloudEvents body that is read; the default body is read by what all of Harbor's kin share. */
export const cloudEvent = z.object({
  specversion: neededText,
  /** Made once for a call and kept over its repetitions. */
  id: looseText,
  type: neededText,
  time: looseTime,
  data: z.unknown().optional(),
})
