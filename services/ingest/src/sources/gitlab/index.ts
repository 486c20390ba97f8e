import { isTag } from '@slipway/core'
import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { fitsPattern } from './ref-pattern.ts'
import { hookCall, type PipelineEvent, pipelineEvent } from './schema.ts'
import { auth } from './verify.ts'

/** Pipeline events of GitLab. They name no image: the hook does, and the tag is made of the commit or of the ref. */
export const gitlab: Source = {
  id: 'gitlab',
  auth,
  contentTypes: ['application/json'],
  // A pipeline brings all of its jobs and variables.
  bodyLimit: 1_048_576,
  parse,
}

function parse({ body, headers, settings }: SourceCall): Parsed {
  const call = hookCall.safeParse(body)
  if (!call.success)
    return { kind: 'reject', why: 'the body is not a webhook of GitLab: it has no object_kind' }
  if (call.data.object_kind !== 'pipeline') return ignore('the event is not about a pipeline')
  const read = pipelineEvent.safeParse(body)
  if (!read.success)
    return { kind: 'reject', why: 'the body is not a pipeline event: status or ref is missing' }
  const why = passOver(read.data, settings)
  if (why) return ignore(why)
  const { image } = settings
  if (!image) return ignore('the hook names no image, and the call of a pipeline never does')

  const pipeline = read.data.object_attributes
  const tag = tagOf(pipeline, settings)
  if (!tag) return { kind: 'reject', why: 'the pipeline names no commit' }
  // Branches may have names that no tag can have. GitLab switches a hook off when its calls are refused.
  if (!isTag(tag)) return ignore('the ref of the pipeline is no possible tag')
  return parsedOf(
    judge({
      ...image,
      tag,
      // The same in every repetition; with a signing token it is the webhook-id too.
      event: headers['idempotency-key'] ?? headers['webhook-id'],
      at: pipeline.finished_at,
    }),
  )
}

/** Why a pipeline builds nothing that is to be deployed; null when it does. */
function passOver(
  { object_attributes: pipeline, merge_request: mergeRequest }: PipelineEvent,
  { refs }: SourceSettings,
): string | null {
  // A hook is called at every change of the status.
  if (pipeline.status !== 'success') return 'the pipeline has not ended in success'
  const isOfMergeRequest = pipeline.source === 'merge_request_event' || Boolean(mergeRequest)
  if (isOfMergeRequest) return 'the pipeline is that of a merge request'
  const isFollowed = !refs || refs.some((pattern) => fitsPattern(pattern, pipeline.ref))
  return isFollowed ? null : 'the hook does not follow the ref of the pipeline'
}

const shortLength = 8

function tagOf({ ref, sha }: PipelineEvent['object_attributes'], settings: SourceSettings): string | null {
  if (settings.tag_from === 'ref') return ref
  return sha && /^[0-9a-f]{40,64}$/i.test(sha) ? sha.slice(0, shortLength) : null
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}
