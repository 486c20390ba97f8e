import { z } from 'zod'
import { neededText } from '../fields.ts'

/** What every call of the webhook step has. */
export const stepCall = z.object({ event: neededText, action: neededText })

/** The part of a task's report that is read; the image is where the hook says. */
export const taskReport = z.object({ task: z.object({ taskName: neededText, statusCode: neededText }) })
