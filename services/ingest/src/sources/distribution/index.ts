import { judgeTag } from '@slipway/core'
import { gather, type Judged, judge } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { envelope, eventSchema } from './schema.ts'
import { auth } from './verify.ts'

/** Notifications of the Docker Distribution registry (registry:2 and registry:3). */
export const distribution: Source = {
  id: 'distribution',
  auth,
  contentTypes: [
    'application/vnd.docker.distribution.events.v1+json',
    'application/vnd.docker.distribution.events.v2+json',
    'application/json',
  ],
  // Release 2 puts many events into one envelope.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, settings }: SourceCall): Parsed {
  const call = envelope.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body is not an envelope of registry events' }
  return gather(
    call.data.events.map((one) => judgeEvent(one, settings)),
    'the envelope holds no event',
  )
}

// The registry tries a refused envelope again without end, and later ones wait behind it: so only a tag that no registry
// lets through is refused, and only when nothing in the envelope is of use. A client may name any host to a registry.
function judgeEvent(one: unknown, settings: SourceSettings): Judged {
  const read = eventSchema.safeParse(one)
  if (!read.success) return { kind: 'ignore', why: 'an event has no action' }
  const { id, timestamp, action, target, request } = read.data
  // A deletion may carry a tag too, so the action decides first.
  if (action !== 'push') return { kind: 'ignore', why: 'an event is not a push' }
  if (!target?.tag)
    return { kind: 'ignore', why: 'a push without a tag is a layer or one platform of an image' }
  const judged = judge({
    registry: settings.registry ?? request?.host,
    repository: target.repository,
    tag: target.tag,
    digest: target.digest,
    mediaType: target.references?.[0]?.mediaType,
    event: id,
    at: timestamp,
  })
  const isForeign = judgeTag(target.tag).kind === 'reject'
  return judged.kind === 'reject' && !isForeign ? { kind: 'ignore', why: judged.why } : judged
}
