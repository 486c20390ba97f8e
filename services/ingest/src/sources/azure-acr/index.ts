import { gather, type Judged, judge } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { gridEvent, pushCall, webhookCall } from './schema.ts'
import { auth } from './verify.ts'

/** Webhooks of Azure Container Registry, and the same events by way of Event Grid. */
export const azureAcr: Source = {
  id: 'azure-acr',
  auth,
  contentTypes: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'],
  sendsLists: true,
  // Event Grid may put many events into one list.
  bodyLimit: 1_048_576,
  asksFirst: true,
  parse,
}

function parse({ body, settings }: SourceCall): Parsed {
  const events: readonly unknown[] = Array.isArray(body) ? body : [body]
  return gather(
    events.map((one) => judgeEvent(one, settings)),
    'the list holds no event',
  )
}

function judgeEvent(one: unknown, settings: SourceSettings): Judged {
  if (webhookCall.safeParse(one).success) return judgeCall(one, settings)
  const event = gridEvent.safeParse(one)
  if (!event.success) return { kind: 'reject', why: 'the body is not the call of an Azure webhook' }
  const { id, type, time, data } = event.data
  if (type !== 'Microsoft.ContainerRegistry.ImagePushed') return notAPush
  return judgeCall(data, settings, { event: id, at: time })
}

const notAPush: Judged = { kind: 'ignore', why: 'the call is about something else than a pushed image' }

/** `grid` is what Event Grid knows a repetition by. */
function judgeCall(
  data: unknown,
  settings: SourceSettings,
  grid?: { event: string | undefined; at: string | number | undefined },
): Judged {
  const call = webhookCall.safeParse(data)
  if (!call.success) return { kind: 'reject', why: 'the event names no action' }
  // Also ping, delete, quarantine, chart_push and chart_delete, of which only some have a target.
  if (call.data.action !== 'push') return notAPush
  const push = pushCall.safeParse(data)
  if (!push.success) return { kind: 'reject', why: 'the push names no repository' }
  const { target, request } = push.data
  if (!target.tag) return { kind: 'ignore', why: 'a push without a tag is one platform of an image' }
  return judge({
    registry: settings.registry ?? request?.host,
    repository: target.repository,
    tag: target.tag,
    digest: target.digest,
    mediaType: target.mediaType,
    event: grid?.event ?? call.data.id,
    at: grid?.at ?? call.data.timestamp,
  })
}
