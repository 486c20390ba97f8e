import { judge, parsedOf } from '../judge.ts'
import type { Parsed, Source, SourceCall, SourceSettings } from '../source.ts'
import { fieldAt } from './field-at.ts'
import { stepCall, taskReport } from './schema.ts'
import { auth } from './verify.ts'
import { readWholeReference } from './whole-reference.ts'

/** The webhook step of pipelines of Alibaba Yunxiao Flow. Pipelines put the image into a parameter that the hook names. */
export const yunxiaoFlow: Source = { id: 'yunxiao-flow', auth, contentTypes: ['application/json'], parse }

function parse({ body, settings }: SourceCall): Parsed {
  const call = stepCall.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body is not a call of a webhook step' }
  if (call.data.event !== 'task' || call.data.action !== 'status')
    return ignore('the event is not about a task')
  const read = taskReport.safeParse(body)
  if (!read.success) return { kind: 'reject', why: 'the body is not the report of a task' }
  const { taskName, statusCode } = read.data.task
  const isFollowed = !settings.task_name || settings.task_name === taskName
  if (!isFollowed) return ignore('the hook does not follow the task')
  if (statusCode !== 'SUCCESS') return ignore('the task has not ended in success')
  return readImage(body, settings)
}

function readImage(body: unknown, settings: SourceSettings): Parsed {
  const written = settings.image_from ? fieldAt(body, settings.image_from) : undefined
  if (typeof written !== 'string' || written === '')
    return ignore('the field that the hook names holds no image')
  const reference = readWholeReference(written)
  if (!reference) return { kind: 'reject', why: 'the field that the hook names holds no possible image' }
  // A pipeline is free to leave the tag out; then nothing says what to follow.
  if (!reference.tag) return ignore('the image that the pipeline names has no tag')
  return parsedOf(judge({ ...reference, registry: settings.registry ?? reference.registry }))
}

function ignore(why: string): Parsed {
  return { kind: 'ignore', why }
}
