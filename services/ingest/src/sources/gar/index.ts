import { readEncodedJson } from '../encoded-json.ts'
import { type Judged, judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { envelope, notification } from './schema.ts'
import { auth } from './verify.ts'

/** Notifications of Google Artifact Registry, pushed by Pub/Sub. */
export const gar: Source = { id: 'gar', auth, contentTypes: ['application/json'], parse }

interface Message {
  readonly notification: unknown
  readonly event: string | undefined
  readonly at: string | number | undefined
}

function parse({ body, headers, settings }: SourceCall): Parsed {
  const message = 'message' in body ? unwrap(body) : readUnwrapped(body, headers)
  if (!message) return { kind: 'reject', why: 'the body is not a message of Pub/Sub' }
  return parsedOf(judgeMessage(message, settings))
}

function unwrap(body: unknown): Message | null {
  const call = envelope.safeParse(body)
  if (!call.success) return null
  const { data, messageId, message_id, publishTime } = call.data.message
  const json = readEncodedJson(data)
  return json.ok ? { notification: json.value, event: messageId ?? message_id, at: publishTime } : null
}

// A subscription with "payload unwrapping" sends the notification alone, and with "write metadata" its id in a header.
function readUnwrapped(body: unknown, headers: SourceCall['headers']): Message {
  return {
    notification: body,
    event: headers['x-goog-pubsub-message-id'],
    at: headers['x-goog-pubsub-publish-time'],
  }
}

function judgeMessage(message: Message, settings: SourceSettings): Judged {
  const read = notification.safeParse(message.notification)
  if (!read.success) return { kind: 'reject', why: 'the message is not a notification of Artifact Registry' }
  const { action, digest, tag } = read.data
  if (action !== 'INSERT') return { kind: 'ignore', why: 'the notification is not about a new image' }
  const image = splitTag(tag ?? '')
  if (!image.tag) return { kind: 'ignore', why: 'a push without a tag is one platform of an image' }
  const { host, path } = splitHost(image.name)
  return judge({
    registry: settings.registry ?? host,
    repository: path,
    tag: image.tag,
    // The digest of another image would be none of this one.
    digest: digest?.startsWith(`${image.name}@`) ? digest.slice(image.name.length + 1) : undefined,
    event: message.event,
    at: message.at,
  })
}

/** `host:port/path:tag`: the tag is what follows the last part of the path. A path that is a digest has none. */
function splitTag(reference: string): { name: string; tag: string } {
  const colon = reference.indexOf(':', reference.lastIndexOf('/') + 1)
  return colon < 0
    ? { name: reference, tag: '' }
    : { name: reference.slice(0, colon), tag: reference.slice(colon + 1) }
}

function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf('/')
  return { host: name.slice(0, Math.max(slash, 0)), path: name.slice(slash + 1) }
}
