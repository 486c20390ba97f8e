import { type HealthCheck, SlipwayError } from '@slipway/core'
import type { ProbeResult } from '../../ports/http-probe.ts'
import type { Run } from '../run.ts'

/** Asks the site until it answers as it should, or as often as is configured; each check in the order given. */
export async function checkHealth(
  run: Run,
  checks: readonly HealthCheck[],
  signal: AbortSignal,
): Promise<void> {
  for (const check of checks) if ('url' in check) await checkUrl(run, check, signal)
}

async function checkUrl(
  { probe, timer, report }: Run,
  check: Extract<HealthCheck, { readonly url: string }>,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  for (let attempt = 0; attempt <= check.retries; attempt += 1) {
    if (attempt > 0) await timer.sleep(check.interval, signal)
    const result = await probe.get(check.url, check.timeout, signal)
    if (result.kind === 'answer' && check.status.includes(result.status)) {
      report.line(`[check] ${check.url} answered ${result.status}`)
      return
    }
    last = describe(result)
    report.line(`[check] ${check.url} ${last}`)
  }
  throw new SlipwayError(
    'CHECK_FAILED',
    `${check.url} did not answer ${check.status.join(' or ')} in ${check.retries + 1} tries: it ${last}.`,
  )
}

function describe(result: ProbeResult): string {
  return result.kind === 'answer' ? `answered ${result.status}` : `gave no answer (${result.why})`
}
