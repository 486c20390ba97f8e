import { z } from 'zod'

/** Text that a call needs. */
export const neededText = z.string().min(1)

/** Text that decides something: it may be missing, null or empty, but never be of another kind. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || undefined)

/** Text that the call can do without: whatever else stands there must not cost the push. */
export const looseText = z.string().optional().catch(undefined)

/** A time as its sender wrote it, text or number; like looseText it costs nothing when it is odd. */
export const looseTime = z.union([z.string(), z.number()]).optional().catch(undefined)
