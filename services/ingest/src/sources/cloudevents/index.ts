import { readEncodedJson } from '../encoded-json.ts'
import { readImageData } from '../image-data.ts'
import { gather, type Judged, judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { attributesOf, hasAttributes, readAttributes } from './attributes.ts'
import { eventData } from './schema.ts'
import { auth } from './verify.ts'

/** CloudEvents 1.0 over HTTP, in structured, binary and batched mode. */
export const cloudevents: Source = {
  id: 'cloudevents',
  auth,
  contentTypes: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],
  sendsLists: true,
  // A batch may hold many events.
  bodyLimit: 1_048_576,
  asksFirst: true,
  parse,
}

function parse({ body, headers, settings }: SourceCall): Parsed {
  const type = headers['content-type']?.trim().toLowerCase() ?? ''
  if (type.startsWith('application/cloudevents-batch')) {
    if (!Array.isArray(body)) return { kind: 'reject', why: 'the body is not a batch of events' }
    return gather(
      body.map((one) => judgeStructured(one, settings)),
      'the batch holds no event',
    )
  }
  // Senders that cannot set the content type write whole events as plain JSON; without headers it can be nothing else.
  const isStructured = type.startsWith('application/cloudevents') || !hasAttributes(headers)
  return parsedOf(
    isStructured
      ? judgeStructured(body, settings)
      : judgeEvent(attributesOf(headers), { ok: true, value: body }, settings),
  )
}

function judgeStructured(event: unknown, settings: SourceSettings): Judged {
  return judgeEvent(event, readData(event), settings)
}

type Data = { readonly ok: true; readonly value: unknown } | { readonly ok: false }

function readData(event: unknown): Data {
  const read = eventData.safeParse(event)
  if (!read.success) return { ok: false }
  const { data, data_base64: encoded } = read.data
  if (!encoded) return { ok: true, value: data }
  // The format allows only one of the two.
  if (data !== undefined && data !== null) return { ok: false }
  return readEncodedJson(encoded)
}

function judgeEvent(from: unknown, data: Data, settings: SourceSettings): Judged {
  const event = readAttributes(from)
  if (!event) return { kind: 'reject', why: 'the call is not a CloudEvent of version 1.0' }
  // The type decides before the data, which may be anything for a type that is not ours.
  if (!settings.types?.includes(event.type)) {
    return { kind: 'ignore', why: 'the event is of a type that is not among those of this hook' }
  }
  if (!data.ok) return { kind: 'reject', why: 'the data of the event cannot be read' }
  const image = readImageData(data.value, event.source)
  if ('kind' in image) return image
  return judge({
    ...image,
    registry: settings.registry ?? image.registry,
    // The specification makes the two together unique. A source has no spaces.
    event: `${event.source} ${event.id}`,
    at: event.time,
  })
}
