import { gather, judge } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { repositoryEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Notifications of Quay about pushes to a repository, in the standard body. */
export const quay: Source = { id: 'quay', auth, contentTypes: ['application/json'], parse }

function parse({ body, settings }: SourceCall): Parsed {
  const call = repositoryEvent.safeParse(body)
  if (!call.success || !(call.data.repository || call.data.docker_url))
    return { kind: 'reject', why: 'the body is not a notification of Quay in its standard form' }
  const { repository: name, docker_url: url, updated_tags: tags } = call.data
  if (!tags) return { kind: 'ignore', why: 'the event is not a push' }

  const { host, path } = partsOf(url)
  const registry = settings.registry ?? host
  const all = tags.map((tag) =>
    judge({ registry, repository: path ?? name, tag: typeof tag === 'string' ? tag : undefined }),
  )
  return gather(all, 'the push names no tag')
}

/** `quay.io/amberlab/indexer` */
function partsOf(url: string | undefined): { host?: string; path?: string } {
  const slash = url?.indexOf('/') ?? -1
  return url && slash > 0 ? { host: url.slice(0, slash), path: url.slice(slash + 1) } : {}
}
