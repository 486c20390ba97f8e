import { z } from 'zod'
import { parseImageName } from '../image/reference.ts'

/** Registry and repository of an image, as a person writes it. */
export const imageName = z
  .string()
  .transform((text, context) => {
    try {
      return parseImageName(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })
  .meta({ description: 'Registry and repository, without tag: registry.example.com/acme/shop.' })
