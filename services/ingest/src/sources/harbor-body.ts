import { z } from 'zod'
import { looseText, looseTime, optionalText } from './fields.ts'
import { gather, type Judged, judge } from './judge.ts'
import type { Parsed, SourceSettings } from './source.ts'

/** Harbor's default body, which clouds that are built on Harbor send too. What it is about is read for pushes only. */
export const harborBody = z.object({
  type: z.string().min(1),
  occur_at: looseTime,
  event_data: z.unknown().optional(),
})

/** What is read of the data of a push; resources are read one by one. */
const pushData = z.object({
  resources: z.array(z.unknown()).min(1),
  repository: z.object({ namespace: looseText, name: looseText, repo_full_name: looseText }),
})

const resourceSchema = z.object({
  tag: optionalText,
  digest: z.unknown().optional(),
  resource_url: looseText,
})

/** What a repetition of a push can be known by. */
export interface HarborEvent {
  /** Id that is kept over repetitions, in the bodies that have one. */
  readonly event?: string | undefined
  readonly at?: string | number | undefined
}

const pushTypes = ['PUSH_ARTIFACT', 'pushImage']

/** Reads a call in the default form. Its type has been PUSH_ARTIFACT since Harbor 2, and pushImage before. */
export function readHarborBody(body: unknown, settings: SourceSettings): Parsed {
  const call = harborBody.safeParse(body)
  if (!call.success) return { kind: 'reject', why: 'the body is not a notification: it has no type' }
  const { type, occur_at: at, event_data: data } = call.data
  if (!pushTypes.includes(type)) return { kind: 'ignore', why: 'the event is not a push' }
  return readPushes(data, { at }, settings)
}

/** The images of one push. */
export function readPushes(data: unknown, event: HarborEvent, settings: SourceSettings): Parsed {
  const read = pushData.safeParse(data)
  if (!read.success)
    return { kind: 'reject', why: 'the push names no image: resources or repository are missing' }
  const { resources, repository } = read.data
  const path = repository.repo_full_name ?? joined(repository)
  const all = resources.map((one) => judgeResource(one, path, event, settings))
  return gather(all, 'the push names no image')
}

function judgeResource(
  one: unknown,
  repository: string | undefined,
  event: HarborEvent,
  settings: SourceSettings,
): Judged {
  const read = resourceSchema.safeParse(one)
  if (!read.success) return { kind: 'reject', why: 'the push names something that is not an image' }
  const { tag, digest, resource_url: url } = read.data
  return judge({ registry: settings.registry ?? hostOf(url), repository, tag, digest, ...event })
}

function joined({ namespace, name }: { namespace?: string | undefined; name?: string | undefined }) {
  return namespace && name ? `${namespace}/${name}` : undefined
}

/** `harbor.example.com:8443/retail/cart:2.3.0`; senders write no scheme, and one would do no harm. */
function hostOf(url: string | undefined): string | undefined {
  return url?.replace(/^https?:\/\//, '').split('/', 1)[0]
}
