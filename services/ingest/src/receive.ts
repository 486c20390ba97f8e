import {
  type Announced,
  formatImageName,
  type ImagePush,
  isName,
  type Matcher,
  type MatchResult,
  type RefusalReason,
  type Wanted,
} from '@slipway/core'
import { largestBody } from './body-limit.ts'
import { isForm, refuseForm } from './content-type.ts'
import { deliveryKey } from './delivery-key.ts'
import type { OpenHook } from './hooks.ts'
import type { Evidence, ProofVerdict } from './proof/proof.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { unwrapForm } from './read-form.ts'
import { readJson, readJsonOrList } from './read-json.ts'
import { type Refusal, refusal } from './refusals.ts'
import { createSameWork } from './same-work.ts'
import type { SourcePush } from './sources/source.ts'

/** One call of a webhook, before anything about it is believed. */
export interface Call extends Evidence {
  /** Name of the hook, from the URL. */
  readonly hook: string
  /** Address of the caller, as far as trusted proxies tell it. */
  readonly peer: string
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
  | (Known & Refusal & { readonly outcome: 'reject' })

/** At once where the proof needs nothing from elsewhere, which is for all kinds but two. */
export type Receive = (call: Call) => Verdict | Promise<Verdict>

/**
 * The whole decision about a call, without HTTP and without effect but for counting: is the sender proven, can the body
 * be what this sender sends, which projects follow it.
 * @param perHook limit on proven calls, by name of the hook; default: none
 */
export function createReceive(
  hooks: ReadonlyMap<string, OpenHook>,
  match: Matcher,
  perHook: RateLimit = createRateLimit(0),
): Receive {
  const sameWork = createSameWork(hooks.values())

  function decide(hook: OpenHook, call: Call, proof: ProofVerdict): Verdict {
    if (!proof.ok) {
      sameWork(call, hook)
      return reject(proof.reason, hook, proof.why)
    }
    const wait = perHook.take(hook.name, call.now)
    if (wait > 0) return reject('rate-limited', hook, 'the hook is called too often', wait)
    return judge(hook, call, match)
  }

  return (call) => {
    if (call.body.length > largestBody) {
      return reject('too-large', null, `the body has more than ${largestBody} bytes`)
    }
    const hook = isName(call.hook) ? hooks.get(call.hook) : undefined
    if (!hook) {
      sameWork(call, null)
      return reject('unknown-hook', null, 'there is no hook of this name')
    }
    if (hook.allows && !hook.allows(call.peer)) {
      sameWork(call, null)
      return reject('address-not-allowed', hook, 'the hook does not hear the address of the caller')
    }
    const proof = hook.proof.prove(call)
    if (proof instanceof Promise) return proof.then((verdict) => decide(hook, call, verdict))
    return decide(hook, call, proof)
  }
}

function judge(hook: OpenHook, { headers, body }: Call, match: Matcher): Verdict {
  const { source } = hook
  if (body.length > hook.bodyLimit) {
    return reject('too-large', hook, `the body has more than ${hook.bodyLimit} bytes`)
  }
  const form = refuseForm(headers, source)
  if (form) return reject('content-type', hook, form)
  const bytes = source.form && isForm(headers) ? unwrapForm(body, source.form.field) : body
  if (!bytes) return reject('unreadable', hook, 'the form does not hold the body once')
  const json = source.sendsLists ? readJsonOrList(bytes) : readJson(bytes)
  if (!json.ok) return reject('unreadable', hook, json.why)
  const parsed = source.parse({ body: json.value, headers, settings: hook.settings })
  if (parsed.kind === 'reject') return reject('not-of-source', hook, parsed.why)
  if (parsed.kind === 'ignore') return ignore(hook, [], parsed.why, parsed.why)

  const announced = parsed.pushes.map((push) => announce(hook, push))
  const found = match(announced, hook.only)
  const images = parsed.pushes.map(shown)
  const why = [...reasons(images, found), ...parsed.passedOver].join('; ')
  // What is said to the sender names no project: one hook may belong to one of many customers.
  if (found.projects.length === 0) return ignore(hook, images, why, 'no project follows this push')
  return {
    outcome: 'deploy',
    status: 202,
    hook: hook.name,
    source: source.id,
    images,
    matches: found.projects,
    wanted: found.wanted,
    why,
  }
}

function announce(hook: OpenHook, push: SourcePush): Announced {
  const { registry, repository, tag, digest } = push
  const delivery = deliveryKey(hook.source.id, hook.name, push)
  return delivery === undefined
    ? { registry, repository, tag, digest }
    : { registry, repository, tag, digest, delivery }
}

function shown({ registry, repository, tag, digest }: SourcePush): ImagePush {
  return { registry, repository, tag, digest }
}

function reasons(images: readonly ImagePush[], { projects, misses }: MatchResult): string[] {
  const missed = misses.map(({ project, why }) => `${project} is not deployed: ${why}`)
  if (projects.length > 0) return [`followed by ${projects.join(', ')}`, ...missed]
  if (missed.length > 0) return missed
  const names = [...new Set(images.map(formatImageName))]
  return [`no project has the image ${names.join(' or ')}`]
}

function ignore(hook: OpenHook, images: readonly ImagePush[], why: string, publicWhy: string): Verdict {
  return { outcome: 'ignore', status: 200, hook: hook.name, images, matches: [], why, publicWhy }
}

function reject(reason: RefusalReason, hook: OpenHook | null, why: string, wait?: number): Verdict {
  return {
    outcome: 'reject',
    hook: hook?.name ?? null,
    images: [],
    matches: [],
    why,
    ...refusal(reason, wait),
  }
}
