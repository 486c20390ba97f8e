import type { RefusalReason } from '@slipway/core'
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

/** How evidence can fall short. Only `proof-unavailable` is no fault of the caller: it is asked to come again. */
export type ProofRefusal = Extract<RefusalReason, `proof-${string}`>

export type ProofVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: ProofRefusal; readonly why: string }

/**
 * Says whether a call comes from who knows one of the hook's secrets. It never throws. An answer at once where that is
 * possible: a promise for each call would be the dearest part of the check.
 */
export type Proof = (evidence: Evidence) => ProofVerdict | Promise<ProofVerdict>

/** A proof, with the work that a refusal by it has cost. */
export interface CostedProof {
  readonly prove: Proof
  /** Null where the work does not grow with what a stranger sends. */
  readonly work: ProofWork | null
}

/** Work that can be done again for nothing, so that other refusals cost the same. */
export interface ProofWork {
  /** Equal for proofs that work alike. */
  readonly kind: string
  /** How often `once` is contained in it. */
  readonly times: number
  /** A proof of this kind with one secret that nobody knows. */
  readonly once: Proof
}

export const proven: ProofVerdict = { ok: true }

export function refused(reason: ProofRefusal, why: string): ProofVerdict {
  return { ok: false, reason, why }
}
