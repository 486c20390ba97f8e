import { isRegistryHost, isRepository, judgeTag, readDigest } from '@slipway/core'
import type { Parsed, Source, SourceCall, SourcePush, SourceSettings } from '../source.ts'
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
  parse,
}

type Judged = { readonly push: SourcePush } | { readonly why: string; readonly isForeign?: true }

function parse({ body, settings }: SourceCall): Parsed {
  const call = envelope.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body is not an envelope of registry events' }
  const judged = call.data.events.map((one) => judge(one, settings))
  const pushes = judged.flatMap((one) => ('push' in one ? [one.push] : []))
  const passedOver = [...new Set(judged.flatMap((one) => ('why' in one ? [one.why] : [])))]
  if (pushes.length > 0) return { kind: 'pushes', pushes, passedOver }
  const isForeign = judged.some((one) => 'isForeign' in one)
  return {
    kind: isForeign ? 'reject' : 'ignore',
    why: passedOver.join('; ') || 'the envelope holds no event',
  }
}

// The registry tries a refused envelope again without end, and later ones wait behind it: so only what no registry can
// have sent is refused, and only when nothing in the envelope is of use.
function judge(one: unknown, settings: SourceSettings): Judged {
  const read = eventSchema.safeParse(one)
  if (!read.success) return { why: 'an event has no action' }
  const { id: event = null, timestamp: at = null, action, target, request } = read.data
  // A deletion may carry a tag too, so the action decides first.
  if (action !== 'push') return { why: 'an event is not a push' }
  if (!target?.tag) return { why: 'a push without a tag is a layer or one platform of an image' }

  const verdict = judgeTag(target.tag)
  if (verdict.kind === 'reject') return { why: verdict.why, isForeign: true }
  if (verdict.kind === 'ignore') return { why: verdict.why }
  const registry = settings.registry ?? request?.host?.toLowerCase() ?? ''
  if (!isRegistryHost(registry)) return { why: 'an event names no possible registry host' }
  const repository = target.repository ?? ''
  if (!isRepository(repository)) return { why: 'an event names no possible repository' }
  const digest = readDigest(target.digest)
  return { push: { registry, repository, tag: target.tag, digest, event, at } }
}
