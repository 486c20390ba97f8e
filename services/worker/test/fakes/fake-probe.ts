import type { HttpProbe, ProbeResult } from '../../src/ports/http-probe.ts'

/** What a site does with one request: answers with a status, gives no answer, or never says anything. */
export type Behaviour = number | 'refuses' | 'hangs'

export interface FakeProbe extends HttpProbe {
  /** What each URL does next; the last one stays. A URL that is not named refuses. */
  readonly sites: Map<string, Behaviour[]>
}

export function createFakeProbe(sites: Readonly<Record<string, Behaviour[]>> = {}): FakeProbe {
  const known = new Map(Object.entries(sites).map(([url, all]) => [url, [...all]]))
  return {
    sites: known,
    async get(url, _timeout, signal): Promise<ProbeResult> {
      signal.throwIfAborted()
      const behaviours = known.get(url) ?? []
      const next = (behaviours.length > 1 ? behaviours.shift() : behaviours[0]) ?? 'refuses'
      if (typeof next === 'number') return { kind: 'answer', status: next }
      return { kind: 'no-answer', why: next === 'hangs' ? 'timed out' : 'connection refused' }
    },
  }
}
