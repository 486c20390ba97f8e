import { z } from 'zod'
import { looseText, neededText, optionalText } from '../fields.ts'

/** The part of a package event that is read. Packages of other kinds than container are told by `type` alone. */
export const packageEvent = z.object({
  action: neededText,
  package: z.object({
    type: neededText,
    owner: z.object({ login: looseText, username: looseText }).optional().catch(undefined),
    name: optionalText,
    version: optionalText,
    html_url: looseText,
  }),
})
