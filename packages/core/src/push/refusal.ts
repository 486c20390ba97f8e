/** Why a call of a webhook came to nothing, for counters and for the audit; the words of a call are never part of it. */
export const refusalReasons = [
  'unknown-hook',
  'address-not-allowed',
  'proof-missing',
  'proof-wrong',
  'proof-stale',
  'proof-unavailable',
  'too-large',
  'content-type',
  'unreadable',
  'not-of-source',
  'rate-limited',
] as const
export type RefusalReason = (typeof refusalReasons)[number]
