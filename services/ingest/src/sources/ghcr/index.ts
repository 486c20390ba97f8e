import { readDigest } from '@slipway/core'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { type Package, packageEvent, packageSchema } from './schema.ts'
import { auth } from './verify.ts'

/** GitHub's container registry, by webhooks of a repository or an organisation. */
export const ghcr: Source = {
  id: 'ghcr',
  auth,
  contentTypes: ['application/json'],
  form: { field: 'payload', signed: 'form' },
  // A package brings its page and every label and layer of the image with it.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, headers, settings }: SourceCall): Parsed {
  const event = headers['x-github-event']
  if (!event) return reject('the call has no header that names its event')
  // A hook may be subscribed to everything, and a ping comes always.
  if (event !== 'package' && event !== 'registry_package') return ignore('the event is not about a package')
  const call = packageEvent.safeParse(body)
  if (!call.success) return reject('the event names no action')
  const { action } = call.data
  if (action !== 'published' && action !== 'updated') return ignore('nothing was published')
  const read = packageSchema.safeParse(call.data[event])
  if (!read.success) return reject('the event names no package')
  const found = read.data
  if (found.package_type.toLowerCase() !== 'container') return ignore('the package is no container image')
  const container = found.package_version?.container_metadata
  const tag = container?.tag?.name
  // The version is the digest and never stands in for the tag.
  if (!tag) return ignore('a push without a tag is one platform of an image')
  return parsedOf(
    judge({
      registry: settings.registry ?? 'ghcr.io',
      repository: `${ownerOf(found).toLowerCase()}/${found.name}`,
      tag,
      digest: readDigest(container?.tag?.digest) ?? found.package_version?.version,
      mediaType: container?.manifest?.config?.media_type,
      event: headers['x-github-delivery'],
      at: found.updated_at,
    }),
  )
}

/** The namespace begins with the owner; in some calls the name of the repository follows. */
function ownerOf({ owner, namespace }: Package): string {
  return owner?.login ?? namespace?.split('/')[0] ?? ''
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}

function reject(why: string): Parsed {
  return { kind: 'reject', why }
}
