import { readHarborBody, readPushes } from '../harbor-body.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { cloudEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Webhook policies of Harbor, in both payload formats. */
export const harbor: Source = {
  id: 'harbor',
  auth,
  contentTypes: ['application/json', 'application/cloudevents+json'],
  // The event of a scan lists what was found.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, settings }: SourceCall): Parsed {
  if (!('specversion' in body)) return readHarborBody(body, settings)
  const call = cloudEvent.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body is not a CloudEvent: it has no type' }
  const { id: event, type, time: at, data } = call.data
  if (type !== 'harbor.artifact.pushed') return { kind: 'ignore', why: 'the event is not a push' }
  return readPushes(data, { event, at }, settings)
}
