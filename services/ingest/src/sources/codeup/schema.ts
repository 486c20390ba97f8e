import { z } from 'zod'
import { neededText } from '../fields.ts'

/** What every call of Codeup has: push, tag_push, merge_request, note. */
export const repositoryCall = z.object({ object_kind: neededText })
