import type { HttpProbe } from '../ports/http-probe.ts'

/** Asks by fetch; a redirect is an answer like any other. */
export const fetchProbe: HttpProbe = {
  async get(url, timeout, signal) {
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { 'user-agent': 'slipway-check', connection: 'close' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
      })
      await response.body?.cancel()
      return { kind: 'answer', status: response.status }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'no-answer', why: reasonOf(error) }
    }
  },
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? cause.message || cause.name : error.message
}
