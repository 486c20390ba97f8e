import type { Hook, HookAuth, ImagePush, SourceId } from '@slipway/core'

/** Headers of a request: names in lower case, no prototype. */
export type CallHeaders = Readonly<Record<string, string | undefined>>

/** A body that was proven, decoded and found to be a JSON object; nothing else is known about it yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What of a hook's configuration its source needs. */
export type SourceSettings = Pick<Hook, 'registry'>

export interface SourceCall {
  readonly body: JsonObject
  readonly headers: CallHeaders
  readonly settings: SourceSettings
}

/** What a source made of a call. Every `why` is one clause for the operator, without unchecked text of the sender. */
export type Parsed =
  | {
      readonly kind: 'pushes'
      /** At least one, in the order of the call. */
      readonly pushes: readonly ImagePush[]
      /** Why the rest of the call came to nothing. */
      readonly passedOver: readonly string[]
    }
  /** Genuine and understood, but nothing to do: the sender gets a success. */
  | { readonly kind: 'ignore'; readonly why: string }
  /** Not a body that this source can send. */
  | { readonly kind: 'reject'; readonly why: string }

/** One kind of sender. It turns payloads into pushes and knows nothing of queues, HTTP or other sources. */
export interface Source {
  readonly id: SourceId
  /** What its senders can prove themselves with, unless the hook says otherwise. */
  readonly auth: HookAuth
  /** Media types that it sends, lower case, without parameters. */
  readonly contentTypes: readonly string[]
  parse(call: SourceCall): Parsed
}
