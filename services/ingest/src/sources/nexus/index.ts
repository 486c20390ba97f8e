import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { componentEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Repository webhooks of Sonatype Nexus about components. */
export const nexus: Source = { id: 'nexus', auth, contentTypes: ['application/json'], parse }

const pushes = ['CREATED', 'UPDATED']

function parse({ body, headers, settings }: SourceCall): Parsed {
  const kind = headers['x-nexus-webhook-id']
  if (!kind) return { kind: 'reject', why: 'the call names no webhook of Nexus' }
  // Assets are the layers and manifests of which a component is made.
  if (kind !== 'rm:repository:component') return ignore('the event is not about a component')
  const read = componentEvent.safeParse(body)
  if (!read.success) return { kind: 'reject', why: 'the body is not an event about a component' }
  const { action, component, timestamp: at } = read.data
  if (component.format !== 'docker') return ignore('the component is not a Docker image')
  if (!pushes.includes(action)) return ignore('the event is not a push')
  const { registry } = settings
  if (!registry) return ignore('the hook names no registry, and the call never does')

  const { name: repository, version: tag } = component
  const event = headers['x-nexus-webhook-delivery']
  return parsedOf(judge({ registry, repository, tag, event, at }))
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}
