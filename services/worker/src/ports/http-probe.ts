export type ProbeResult =
  | { readonly kind: 'answer'; readonly status: number }
  | { readonly kind: 'no-answer'; readonly why: string }

/** Asks a site how it is. Never throws but when `signal` fires. */
export interface HttpProbe {
  get(url: string, timeout: number, signal: AbortSignal): Promise<ProbeResult>
}
