import { z } from 'zod'
import { acrRegionPattern } from '../acr-region.ts'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** The part of a trigger call that is read; every call has a tag. */
export const triggerCall = z.object({
  push_data: z.object({
    tag: neededText,
    // Published samples hold broken digests, so whatever stands here must not cost the push.
    digest: looseText,
    pushed_at: looseTime,
  }),
  repository: z.object({
    namespace: optionalText,
    name: optionalText,
    repo_full_name: optionalText,
    region: optionalText.refine((region) => region === undefined || acrRegionPattern.test(region)),
  }),
})

export type TriggerCall = z.output<typeof triggerCall>
