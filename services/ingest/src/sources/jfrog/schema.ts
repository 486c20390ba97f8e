import { z } from 'zod'
import { looseText, neededText, optionalText } from '../fields.ts'

/** What every webhook of the JFrog platform has. */
export const platformEvent = z.object({ domain: neededText, event_type: neededText })

/** The part of an event about a Docker tag that is read. */
export const dockerEvent = z.object({
  data: z.object({
    repo_key: looseText,
    image_name: optionalText,
    /** `docker`, or `oci` for whatever else is kept in a registry; older releases do not send it. */
    image_type: looseText,
    tag: optionalText,
    /** Checksum of the file of the manifest: the digest, without its algorithm. */
    sha256: looseText,
  }),
  /** Empty unless the administrator set a base URL. */
  jpd_origin: looseText,
})

export type DockerEvent = z.output<typeof dockerEvent>
