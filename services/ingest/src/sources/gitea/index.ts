import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { hostOfUrl } from '../url-host.ts'
import { packageEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Webhooks of Gitea and of Forgejo, which sends the same under both names. */
export const gitea: Source = {
  id: 'gitea',
  auth,
  contentTypes: ['application/json'],
  form: { field: 'payload', signed: 'field' },
  // Other events of the same hook list every commit of a push.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, headers, settings }: SourceCall): Parsed {
  // GitHub's headers are sent as well, for receivers made for GitHub; they say nothing of who calls.
  const kind = headers['x-gitea-event'] ?? headers['x-forgejo-event']
  if (!kind) return { kind: 'reject', why: 'the call names no event of Gitea or Forgejo' }
  if (kind !== 'package') return { kind: 'ignore', why: 'the event is not about a package' }
  const read = packageEvent.safeParse(body)
  if (!read.success) return { kind: 'reject', why: 'the body is not a package event' }
  const { action, package: found } = read.data
  if (found.type !== 'container') return { kind: 'ignore', why: 'the package is not a container image' }
  if (action !== 'created') return { kind: 'ignore', why: 'the event is not a push' }

  const owner = found.owner?.login || found.owner?.username
  return parsedOf(
    judge({
      registry: settings.registry ?? hostOfUrl(found.html_url),
      // People write their names in mixed case; the registry knows them in lower case.
      repository: owner && found.name ? `${owner.toLowerCase()}/${found.name}` : undefined,
      tag: found.version,
      event: headers['x-gitea-delivery'] ?? headers['x-forgejo-delivery'],
    }),
  )
}
