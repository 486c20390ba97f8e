import type { HealthCheck } from '@slipway/core'
import type { Look, SiteProbe } from '../../src/ports/site-probe.ts'

/**
 * What is seen at one look: an HTTP status (with a body), an exit code, the word of a HEALTHCHECK, a connection that is
 * taken, no answer, or silence until the timeout.
 */
export type Behaviour =
  | number
  | { readonly status: number; readonly body: string }
  | 'connects'
  | 'healthy'
  | 'starting'
  | 'unhealthy'
  | 'refuses'
  | 'hangs'

export interface FakeProbe extends SiteProbe {
  /** What each thing that is looked at does next; the last one stays. What is not named refuses. */
  readonly sites: Map<string, Behaviour[]>
  /** Every check that was looked at, by what it looks at, in order. */
  readonly looked: string[]
}

export function createFakeProbe(sites: Readonly<Record<string, Behaviour[]>> = {}): FakeProbe {
  const known = new Map(Object.entries(sites).map(([target, all]) => [target, [...all]]))
  const looked: string[] = []
  return {
    sites: known,
    looked,
    async look(check, signal) {
      signal.throwIfAborted()
      looked.push(targetOf(check))
      const behaviours = known.get(targetOf(check)) ?? []
      return seen(check, (behaviours.length > 1 ? behaviours.shift() : behaviours[0]) ?? 'refuses')
    },
  }
}

/** URL, address, or name of the container: what `sites` knows a check by. */
function targetOf(check: HealthCheck): string {
  if ('url' in check) return check.url
  if ('tcp' in check) return check.tcp
  return 'exec' in check ? check.exec.container : check.health
}

function seen(check: HealthCheck, behaviour: Behaviour): Look {
  if (behaviour === 'refuses') return { result: 'unwell', said: 'gave no answer (connection refused)' }
  if (behaviour === 'hangs')
    return { result: 'unwell', said: `gave no answer (it took longer than ${check.timeout} ms)` }
  if (behaviour === 'starting') return { result: 'pending', said: 'is still starting' }
  if (typeof behaviour === 'string')
    return { result: behaviour === 'unhealthy' ? 'unwell' : 'well', said: `is ${behaviour}` }
  if (!('url' in check)) {
    return { result: behaviour === 0 ? 'well' : 'unwell', said: `ended with exit code ${behaviour}` }
  }
  const { status, body } = typeof behaviour === 'number' ? { status: behaviour, body: '' } : behaviour
  const isWell = check.status.includes(status) && body.includes(check.text ?? '')
  return { result: isWell ? 'well' : 'unwell', said: `answered ${status}` }
}
