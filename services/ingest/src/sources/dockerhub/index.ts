import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { type HubCall, hubCall } from './schema.ts'
import { auth } from './verify.ts'

/** Webhooks of Docker Hub. */
export const dockerhub: Source = {
  id: 'dockerhub',
  auth,
  contentTypes: ['application/json'],
  // A call brings the whole description of the repository, whose 25,000 characters may all be escaped.
  bodyLimit: 262_144,
  parse,
}

function parse({ body, settings }: SourceCall): Parsed {
  const call = hubCall.safeParse(body)
  if (!call.success) {
    return { kind: 'reject', why: 'the body is not a call of Docker Hub: a tag or a repository is missing' }
  }
  const { push_data: push, repository } = call.data
  return parsedOf(
    judge({
      registry: settings.registry ?? 'docker.io',
      repository: repositoryOf(repository),
      tag: push.tag,
      mediaType: push.media_type,
      at: push.pushed_at,
    }),
  )
}

/** Official images may come without the namespace that they have in the registry. */
function repositoryOf({ repo_name: full, namespace, name }: HubCall['repository']): string | undefined {
  if (full?.includes('/')) return full
  const last = full ?? name
  return last && `${namespace ?? 'library'}/${last}`
}
