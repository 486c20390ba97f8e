import { z } from 'zod'

const text = z.string().min(1)

/** The part of a trigger call that is read; everything in it is text. */
export const triggerCall = z.object({
  push_data: z.object({
    tag: text,
    // Published samples hold broken digests, so whatever stands here must not cost the push.
    digest: z.string().optional().catch(undefined),
    pushed_at: z.string().optional().catch(undefined),
  }),
  repository: z.object({
    namespace: text.optional(),
    name: text.optional(),
    repo_full_name: text.optional(),
    region: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      .optional(),
  }),
})

export type TriggerCall = z.output<typeof triggerCall>
