import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { hostOfUrl } from '../url-host.ts'
import { type DockerEvent, dockerEvent, platformEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Webhooks of JFrog Artifactory about tags of Docker repositories. */
export const jfrog: Source = { id: 'jfrog', auth, contentTypes: ['application/json'], parse }

function parse({ body, settings }: SourceCall): Parsed {
  const call = platformEvent.safeParse(body)
  if (!call.success)
    return { kind: 'reject', why: 'the body is not an event of JFrog: it has no domain or type' }
  if (call.data.domain !== 'docker') return ignore('the event is not about a Docker repository')
  if (call.data.event_type !== 'pushed') return ignore('the event is not a push')
  const read = dockerEvent.safeParse(body)
  if (!read.success) return { kind: 'reject', why: 'the body is not an event about a Docker tag' }
  const { data, jpd_origin: origin } = read.data
  if (data.image_type && data.image_type !== 'docker') return ignore('a chart was pushed, not an image')
  if (data.tag && isPlatformFolder(data.tag)) return ignore('one platform of an image was pushed')
  const registry = settings.registry ?? hostOfUrl(origin)
  if (!registry) return ignore('the call names no host, and the hook no registry')

  const repository = repositoryOf(data, settings)
  return parsedOf(judge({ registry, repository, tag: data.tag, digest: digestOf(data.sha256) }))
}

/** The prefix of the hook stands in place of the key: for virtual repositories, and for a host of its own per repository. */
function repositoryOf({ repo_key: key, image_name: name }: DockerEvent['data'], settings: SourceSettings) {
  const prefix = settings.repository_prefix ?? key
  if (!name || prefix === undefined) return undefined
  return prefix === '' || prefix.endsWith('/') ? `${prefix}${name}` : `${prefix}/${name}`
}

/** Manifests of single platforms lie in folders named after their digest, which in a file's name has no colon. */
function isPlatformFolder(tag: string): boolean {
  return /^sha256__[0-9a-f]{64}$/i.test(tag)
}

function digestOf(checksum: string | undefined): string | undefined {
  return checksum && (checksum.includes(':') ? checksum : `sha256:${checksum}`)
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}
