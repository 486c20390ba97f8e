import {
  formatImageName,
  type ImagePush,
  isName,
  type Matcher,
  type MatchResult,
  type Wanted,
} from '@slipway/core'
import { refuseForm } from './content-type.ts'
import type { OpenHook } from './hooks.ts'
import { createDummyCompare } from './proof/compare.ts'
import type { Evidence } from './proof/proof.ts'
import { readJson } from './read-json.ts'

/** One call of a webhook, before anything about it is believed. */
export interface Call extends Evidence {
  /** Name of the hook, from the URL. */
  readonly hook: string
}

/** What the sender of a refused call is told. */
export interface PublicError {
  readonly code: 'BAD_REQUEST' | 'NOT_FOUND' | 'BODY_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'UNPROCESSABLE'
  readonly message: string
}

interface Known {
  /** Null when there is no such hook. */
  readonly hook: string | null
  readonly images: readonly ImagePush[]
  /** Projects that are nudged. */
  readonly matches: readonly string[]
  /** The true reason, for the operator. */
  readonly why: string
}

export type Verdict =
  | (Known & {
      readonly outcome: 'deploy'
      readonly status: 202
      readonly source: string
      readonly wanted: readonly Wanted[]
    })
  | (Known & { readonly outcome: 'ignore'; readonly status: 200; readonly publicWhy: string })
  | (Known & {
      readonly outcome: 'reject'
      readonly status: 400 | 404 | 413 | 415 | 422
      readonly error: PublicError
    })

export type Receive = (call: Call) => Verdict

/** Bytes that the body of a call may have. */
export const bodyLimit = 1_048_576

/** The one answer to whoever has not proven to be a sender, whatever the reason. */
export const notFound: PublicError = { code: 'NOT_FOUND', message: 'Not found.' }

/**
 * The whole decision about a call, without HTTP and without effect: is the sender proven, can the body be what this
 * sender sends, which projects follow it.
 */
export function createReceive(hooks: ReadonlyMap<string, OpenHook>, match: Matcher): Receive {
  const isNothing = createDummyCompare()

  return (call) => {
    if (call.body.length > bodyLimit) return reject(413, null, `the body has more than ${bodyLimit} bytes`)
    const hook = isName(call.hook) ? hooks.get(call.hook) : undefined
    if (!hook) {
      isNothing(call.token ?? undefined)
      return reject(404, null, 'there is no hook of this name')
    }
    const proof = hook.proof(call)
    if (!proof.ok) return reject(404, hook, proof.why)
    return judge(hook, call, match)
  }
}

function judge(hook: OpenHook, { headers, body }: Call, match: Matcher): Verdict {
  const form = refuseForm(headers, hook.source.contentTypes)
  if (form) return reject(415, hook, form)
  const json = readJson(body)
  if (!json.ok) return reject(400, hook, json.why)
  const parsed = hook.source.parse({ body: json.value, headers, settings: hook.settings })
  if (parsed.kind === 'reject') return reject(422, hook, parsed.why)
  if (parsed.kind === 'ignore') return ignore(hook, [], parsed.why, parsed.why)

  const found = match(parsed.pushes, hook.only)
  const why = [...reasons(parsed.pushes, found), ...parsed.passedOver].join('; ')
  // What is said to the sender names no project: one hook may belong to one of many customers.
  if (found.projects.length === 0) return ignore(hook, parsed.pushes, why, 'no project follows this push')
  return {
    outcome: 'deploy',
    status: 202,
    hook: hook.name,
    source: hook.source.id,
    images: parsed.pushes,
    matches: found.projects,
    wanted: found.wanted,
    why,
  }
}

function reasons(pushes: readonly ImagePush[], { projects, misses }: MatchResult): string[] {
  const missed = misses.map(({ project, why }) => `${project} is not deployed: ${why}`)
  if (projects.length > 0) return [`followed by ${projects.join(', ')}`, ...missed]
  if (missed.length > 0) return missed
  const images = [...new Set(pushes.map(formatImageName))]
  return [`no project has the image ${images.join(' or ')}`]
}

function ignore(hook: OpenHook, images: readonly ImagePush[], why: string, publicWhy: string): Verdict {
  return { outcome: 'ignore', status: 200, hook: hook.name, images, matches: [], why, publicWhy }
}

const publicErrors: Readonly<Record<400 | 404 | 413 | 415 | 422, PublicError>> = {
  400: { code: 'BAD_REQUEST', message: 'The body cannot be read.' },
  404: notFound,
  413: { code: 'BODY_TOO_LARGE', message: 'The body is too large.' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The body is not of a type that this hook takes.' },
  422: { code: 'UNPROCESSABLE', message: 'The body is not one that this source sends.' },
}

function reject(status: 400 | 404 | 413 | 415 | 422, hook: OpenHook | null, why: string): Verdict {
  const error = publicErrors[status]
  return { outcome: 'reject', status, hook: hook?.name ?? null, images: [], matches: [], why, error }
}
