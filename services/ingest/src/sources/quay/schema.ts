import { z } from 'zod'
import { looseText } from '../fields.ts'

/** What every event of Quay has. Its name is not in it: a push is told by `updated_tags`. */
export const repositoryEvent = z.object({
  repository: looseText,
  docker_url: looseText,
  /** A list; releases of a decade ago sent a map from tag to image. */
  updated_tags: z
    .union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform((map) => Object.keys(map))])
    .nullish(),
})
