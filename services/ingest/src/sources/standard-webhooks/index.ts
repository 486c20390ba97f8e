import { readImageData } from '../image-data.ts'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { webhookCall } from './schema.ts'
import { auth } from './verify.ts'

/** Any sender that follows Standard Webhooks. */
export const standardWebhooks: Source = {
  id: 'standard-webhooks',
  auth,
  contentTypes: ['application/json'],
  parse,
}

const defaultTypes: readonly string[] = ['image.pushed']

function parse({ body, headers, settings }: SourceCall): Parsed {
  const call = webhookCall.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body names no type of event' }
  const { type, timestamp, data } = call.data
  if (!(settings.types ?? defaultTypes).includes(type)) {
    return { kind: 'ignore', why: 'the event is of a type that is not among those of this hook' }
  }
  const image = readImageData(data, '')
  if ('kind' in image) return image
  return parsedOf(
    judge({
      ...image,
      registry: settings.registry ?? image.registry,
      event: headers['webhook-id'],
      at: timestamp,
    }),
  )
}
