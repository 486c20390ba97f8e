import { z } from 'zod'
import { isRegistryHost } from '../image/reference.ts'
import { imageName } from './image-name.ts'
import { absolutePath, name } from './names.ts'
import { secretRef } from './secret-ref.ts'

/** The sources that ingest understands, in alphabetical order; a test holds it against the folders. */
export const sourceIds = [
  'acr',
  'acr-eventbridge',
  'azure-acr',
  'cloudevents',
  'codeup',
  'distribution',
  'dockerhub',
  'ecr',
  'gar',
  'ghcr',
  'gitea',
  'gitlab',
  'harbor',
  'jfrog',
  'nexus',
  'quay',
  'standard-webhooks',
  'swr',
  'tcr',
  'yunxiao-flow',
] as const
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

/** Range of addresses, IPv4 or IPv6, or one address. */
export const cidr = z
  .union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
    error: 'write an address or a range of addresses, such as "203.0.113.0/24" or "2001:db8::/32"',
  })
  .meta({ description: 'An address or a range of addresses (CIDR).' })

const parameterPath = z.string().regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,7}$/, {
  error: 'write names of fields with dots between them, such as "globalParams.IMAGE"',
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
    .optional()
    .meta({
      description:
        'What the sender proves to know; a list while rotating. Every hook has one, but for those of `google-oidc`.',
    }),
  auth: auth.optional(),
  allow: z.array(cidr).min(1, { error: 'name at least one range, or leave `allow` out' }).optional().meta({
    description: 'Only calls from these addresses are heard; all others get the answer of an unknown hook.',
  }),
  registry: registryHost
    .optional()
    .meta({ description: 'Host of the images, in place of the one that the body gives or implies.' }),
  projects: z.array(name).min(1).optional().meta({ description: 'This hook may nudge only these projects.' }),
  repository_prefix: z
    .string()
    .regex(/^[a-z0-9]+(?:(?:[._]|__|-+|\/)[a-z0-9]+)*\/?$|^$/, {
      error: 'write the first parts of a repository, such as "docker-local/"',
    })
    .optional()
    .meta({
      description: '`jfrog`: stands in place of `<repo_key>/` before the name of the image; may be empty.',
    }),
  image: imageName.optional().meta({
    description: '`gitlab`: the image that a pipeline builds, which its calls do not name.',
  }),
  refs: z.array(z.string().min(1).max(255)).min(1).optional().meta({
    description:
      '`gitlab`: branches and tags whose pipelines count, as shell patterns such as "release-*". Default: all.',
  }),
  tag_from: z
    .enum(['short_sha', 'ref'])
    .optional()
    .meta({ description: '`gitlab`: what the tag of the image is made of. Default: short_sha.' }),
  image_from: parameterPath.optional().meta({
    description:
      '`yunxiao-flow`: field of the body that holds the whole image reference, such as globalParams.IMAGE.',
  }),
  task_name: z
    .string()
    .min(1)
    .optional()
    .meta({ description: '`yunxiao-flow`: the task whose success counts.' }),
  types: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      '`cloudevents`, `standard-webhooks`: types of events that announce an image. Default of the second: image.pushed.',
  }),
  audience: z
    .string()
    .min(1)
    .optional()
    .meta({ description: '`google-oidc`: whom the token must be made for.' }),
  service_account: z
    .email()
    .optional()
    .meta({ description: '`google-oidc`: the e-mail address of the account that the token must be of.' }),
  jwks: z
    .union(
      [
        z.strictObject({ url: z.url({ protocol: /^https$/, error: 'write an https URL' }) }),
        z.strictObject({ file: absolutePath }),
      ],
      {
        error: 'write { url: "https://…" } or { file: /path }',
      },
    )
    .optional()
    .meta({ description: '`google-oidc`: where the keys are. Default: those that Google publishes.' }),
})

export type Hook = z.output<typeof hook>
