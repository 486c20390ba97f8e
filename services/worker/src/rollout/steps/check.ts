import type { HealthCheck, Project } from '@slipway/core'
import { checkName } from '../check-words.ts'
import type { Run } from '../run.ts'
import { createTeller, tryCheck } from '../try-check.ts'

/** In the watch window no check is repeated sooner. */
const shortestPause = 1_000

/** How long the step may take in all, in milliseconds. */
export function checkDeadline({ timeouts, watch }: Project): number {
  return timeouts.check + watch
}

/** Asks the site until it answers as it should, or as often as is configured; each check in the order given. */
export async function checkHealth(
  run: Run,
  checks: readonly HealthCheck[],
  signal: AbortSignal,
): Promise<void> {
  const since = run.timer.now()
  for (const check of checks) {
    const tell = createTeller((text) => run.report.line(text), check)
    await tryCheck(run, check, { signal, enough: check.successes, since, tell })
  }
}

/**
 * Goes on looking for `watch` milliseconds at a site that has passed its checks, each check in its own interval. A look
 * that fails is repeated as often as the check allows: what recovers within its retries stays live. The window does not
 * end while a check fails.
 */
export async function watchHealth(
  run: Run,
  checks: readonly HealthCheck[],
  watch: number,
  signal: AbortSignal,
): Promise<void> {
  if (watch === 0 || checks.length === 0) return
  run.report.line(`[check] watching for ${inSeconds(watch)}`)
  const until = run.timer.now() + watch
  const over = new AbortController()
  const watching = checks.map((check) =>
    keepLooking(run, check, until, AbortSignal.any([signal, over.signal])),
  )
  try {
    await Promise.all(watching)
  } finally {
    // The first that fails decides; none of the others may still look when the walk goes back.
    over.abort()
    await Promise.allSettled(watching)
  }
  run.report.line(`[check] it was well for ${inSeconds(watch)}`)
}

async function keepLooking(run: Run, check: HealthCheck, until: number, signal: AbortSignal): Promise<void> {
  const { timer, report } = run
  const tell = createTeller((text) => report.line(text), check)
  let flaps = 0
  for (let left = until - timer.now(); left > 0; left = until - timer.now()) {
    await timer.sleep(Math.min(left, Math.max(check.interval, shortestPause)), signal)
    const { failures } = await tryCheck(run, check, { signal, enough: 1, since: 0, tell })
    if (failures > 0) flaps += 1
  }
  if (flaps > 0) report.line(`[check] ${checkName(check)} failed ${flaps} times and recovered each time`)
}

function inSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`
}
