import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What every webhook of GitLab has. */
export const hookCall = z.object({ object_kind: neededText })

/** The part of a pipeline event that is read. */
export const pipelineEvent = z.object({
  object_attributes: z.object({
    status: neededText,
    /** Name of a branch, or of a tag in a pipeline for a tag. */
    ref: neededText,
    sha: optionalText,
    source: looseText,
    finished_at: looseTime,
  }),
  /** Null outside of merge requests. */
  merge_request: z.unknown().optional(),
})

export type PipelineEvent = z.output<typeof pipelineEvent>
