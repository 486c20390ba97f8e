import { z } from 'zod'
import { looseText, looseTime, neededText, optionalText } from '../fields.ts'

/** What the calls of both events have; the package stands under the name of its event. */
export const packageEvent = z.object({
  action: neededText,
  package: z.unknown().optional(),
  registry_package: z.unknown().optional(),
})

const containerMetadata = z.object({
  tag: z.object({ name: optionalText, digest: looseText }).nullish(),
  manifest: z
    .object({ config: z.object({ media_type: looseText }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

/** The part of a package that is read. Packages of other kinds have no container metadata. */
export const packageSchema = z.object({
  name: neededText,
  package_type: neededText,
  owner: z.object({ login: neededText }).optional().catch(undefined),
  namespace: looseText,
  updated_at: looseTime,
  package_version: z
    .object({ version: looseText, container_metadata: containerMetadata.nullish() })
    .nullish(),
})

export type Package = z.output<typeof packageSchema>
