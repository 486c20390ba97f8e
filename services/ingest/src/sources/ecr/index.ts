import { ecrHost } from '../ecr-host.ts'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall } from '../source.ts'
import { busEvent, imageAction } from './schema.ts'
import { auth } from './verify.ts'

/** Events of Amazon ECR by way of Amazon EventBridge, in their own form. */
export const ecr: Source = { id: 'ecr', auth, contentTypes: ['application/json'], parse }

function parse({ body, settings }: SourceCall): Parsed {
  const event = busEvent.safeParse(body)
  if (!event.success) return { kind: 'reject', why: 'the body is not an event of ECR' }
  const { id, account, region, time, 'detail-type': type } = event.data
  if (type !== 'ECR Image Action') return { kind: 'ignore', why: 'the event is not about a pushed image' }
  const detail = imageAction.safeParse(event.data.detail)
  if (!detail.success) return { kind: 'reject', why: 'the event names no action' }
  const action = detail.data
  // A deletion may carry a tag too, so the action decides first.
  if (action['action-type'] !== 'PUSH') return { kind: 'ignore', why: 'the action is not a push' }
  if (action.result !== 'SUCCESS') return { kind: 'ignore', why: 'the push did not succeed' }
  const tag = action['image-tag']
  if (!tag) return { kind: 'ignore', why: 'a push without a tag is one platform of an image' }
  return parsedOf(
    judge({
      registry: settings.registry ?? ecrHost(account, region),
      repository: action['repository-name'],
      tag,
      digest: action['image-digest'],
      mediaType: action['artifact-media-type'],
      event: id,
      at: time,
    }),
  )
}
