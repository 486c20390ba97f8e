import { z } from 'zod'
import { isRegistryHost } from '../image/reference.ts'
import { absolutePath, name } from './names.ts'
import { secretRef } from './secret-ref.ts'

/** The sources that ingest understands, in alphabetical order; a test holds it against the folders. */
export const sourceIds = ['acr', 'distribution'] as const
export type SourceId = (typeof sourceIds)[number]

/** How senders can prove themselves. */
export const authTypes = [
  'url-secret',
  'static-header',
  'hmac-sha256-hex',
  'hmac-sha1-hex',
  'standard-webhooks',
  'google-oidc',
] as const
export type AuthType = (typeof authTypes)[number]

/** Host of a registry as it stands in image names. */
export const registryHost = z
  .string()
  .refine(isRegistryHost, { error: 'write a host with an optional port, lower case, without "https://"' })

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'write the name of an HTTP header' })

const auth = z.strictObject({
  type: z.enum(authTypes).meta({ description: 'Default: what the source offers.' }),
  header: headerName.optional().meta({ description: 'Header that carries the proof.' }),
  prefix: z
    .string()
    .optional()
    .meta({ description: 'Text before the value in that header, such as "Bearer ".' }),
})

/** One door of ingest: POST /webhooks/<name of the hook>. */
export const hook = z.strictObject({
  source: z
    .enum(sourceIds, { error: `use one of: ${sourceIds.join(', ')}` })
    .meta({ description: 'Who calls.' }),
  secret: z
    .union([secretRef, z.array(secretRef).min(1, { error: 'name at least one secret' })], {
      error: 'name the secret as { env: NAME } or { file: /path }, or a list of these while rotating',
    })
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .meta({ description: 'What the sender proves to know; a list while rotating.' }),
  auth: auth.optional(),
  registry: registryHost
    .optional()
    .meta({ description: 'Host of the images, in place of the one that the body gives or implies.' }),
  projects: z.array(name).min(1).optional().meta({ description: 'This hook may nudge only these projects.' }),
  repository_prefix: z.string().optional(),
  image: z.string().optional(),
  refs: z.array(z.string().min(1)).optional(),
  tag_from: z.enum(['short_sha', 'ref']).optional(),
  image_from: z.string().optional(),
  task_name: z.string().optional(),
  types: z.array(z.string().min(1)).optional(),
  audience: z.string().optional(),
  service_account: z.string().optional(),
  jwks: z.union([z.strictObject({ url: z.url() }), z.strictObject({ file: absolutePath })]).optional(),
})

export type Hook = z.output<typeof hook>
