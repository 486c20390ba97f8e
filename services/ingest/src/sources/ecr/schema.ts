import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What every event of ECR has on the bus; the detail differs from type to type. */
export const busEvent = z.object({
  id: looseText,
  source: z.literal('aws.ecr'),
  'detail-type': neededText,
  account: looseText,
  region: looseText,
  time: looseTime,
  detail: z.unknown().optional(),
})

/** The part of an "ECR Image Action" that is read. */
export const imageAction = z.object({
  'action-type': neededText,
  result: looseText,
  'repository-name': optionalText,
  'image-digest': looseText,
  'image-tag': optionalText,
  'artifact-media-type': looseText,
})
