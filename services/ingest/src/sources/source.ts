import type { Hook, HookAuth, ImagePush, SourceId } from '@slipway/core'

/** Headers of a request: names in lower case, no prototype. */
export type CallHeaders = Readonly<Record<string, string | undefined>>

/** A JSON object of a proven call; nothing else is known about it yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What of a hook's configuration its source needs. */
export type SourceSettings = Pick<
  Hook,
  'registry' | 'repository_prefix' | 'image' | 'refs' | 'tag_from' | 'image_from' | 'task_name' | 'types'
>

export interface SourceCall {
  /** A list only where the source says that it sends lists. */
  readonly body: JsonObject | readonly unknown[]
  readonly headers: CallHeaders
  readonly settings: SourceSettings
}

/** A push as one sender tells it, with what a repetition of the call can be known by. */
export interface SourcePush extends ImagePush {
  /** The sender's own id of this event, the same in every repetition; null when it sends none. */
  readonly event: string | null
  /** The sender's time of the event, as it wrote it; null when it sends none. */
  readonly at: string | null
}

/** What a source made of a call. Every `why` is one clause for the operator, without unchecked text of the sender. */
export type Parsed =
  | {
      readonly kind: 'pushes'
      /** At least one, in the order of the call. */
      readonly pushes: readonly SourcePush[]
      /** Why the rest of the call came to nothing. */
      readonly passedOver: readonly string[]
    }
  /** Genuine and understood, but nothing to do: the sender gets a success. */
  | { readonly kind: 'ignore'; readonly why: string }
  /** Not a body that this source can send. */
  | { readonly kind: 'reject'; readonly why: string }

/** How a source sends JSON inside of a form (application/x-www-form-urlencoded). */
export interface FormBody {
  /** The field that holds the JSON. */
  readonly field: string
  /** What a signature covers: the form as it came, or the JSON in it. */
  readonly signed: 'form' | 'field'
}

/** One kind of sender. It turns payloads into pushes and knows nothing of queues, HTTP or other sources. */
export interface Source {
  readonly id: SourceId
  /** What its senders can prove themselves with, unless the hook says otherwise. */
  readonly auth: HookAuth
  /** Media types that it sends, lower case, without parameters; a form is taken where `form` is set. */
  readonly contentTypes: readonly string[]
  readonly form?: FormBody
  /** Set when a body may be a list. */
  readonly sendsLists?: true
  /**
   * Bytes that a body may have, where 64 KiB (the default) are too few: for senders that put many events, or whole lists
   * of jobs and labels, into one call. At most 1 MiB, where the listener stops reading.
   */
  readonly bodyLimit?: number
  /** Set when senders ask beforehand with OPTIONS (CloudEvents' webhook specification). */
  readonly asksFirst?: true
  parse(call: SourceCall): Parsed
}
