import type { CallHeaders } from '../sources/source.ts'

/** What of a call can be evidence. The body is as it came over the wire. */
export interface Evidence {
  /** From the URL; null when there is none. */
  readonly token: string | null
  readonly headers: CallHeaders
  readonly body: Uint8Array
  /** Milliseconds since 1970. */
  readonly now: number
}

export type ProofVerdict = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** Says whether a call comes from who knows one of the hook's secrets. */
export type Proof = (evidence: Evidence) => ProofVerdict
