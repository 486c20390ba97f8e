import { type HealthCheck, SlipwayError } from '@slipway/core'
import type { ProbeResult } from '../../ports/http-probe.ts'
import type { Run } from '../run.ts'

/** Asks the site until it answers as it should, or as often as is configured. */
export async function checkHealth(
  { probe, timer, report }: Run,
  check: HealthCheck,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  for (let attempt = 0; attempt <= check.retries; attempt += 1) {
    if (attempt > 0) await timer.sleep(check.interval, signal)
    const result = await probe.get(check.url, check.timeout, signal)
    if (result.kind === 'answer' && result.status === check.status) {
      report.line(`[check] ${check.url} answered ${result.status}`)
      return
    }
    last = describe(result)
    report.line(`[check] ${check.url} ${last}`)
  }
  throw new SlipwayError(
    'CHECK_FAILED',
    `${check.url} did not answer ${check.status} in ${check.retries + 1} tries: it ${last}.`,
  )
}

function describe(result: ProbeResult): string {
  return result.kind === 'answer' ? `answered ${result.status}` : `gave no answer (${result.why})`
}
