import { z } from 'zod'
import { secretRef } from './secret-ref.ts'

/** What somebody may want to be told of. */
export const noticeKinds = [
  'drift',
  'needs-operator',
  'disk',
  'prune',
  'failed',
  'rolled-back',
  'live',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** Somebody to tell: a POST of JSON to a URL, which is a secret because chat services put their token into it. */
export const notify = z.strictObject({
  url: secretRef,
  events: z.array(z.enum(noticeKinds)).min(1).default(['drift', 'needs-operator', 'disk', 'prune']),
})

export type Notify = z.output<typeof notify>
