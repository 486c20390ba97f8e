import type { Service } from '@slipway/core'
import type { Run } from '../run.ts'

/** Tells the services in the order given; the first that cannot be told ends it. */
export async function reloadServices(
  run: Run,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  for (const service of services) {
    await run.services.reload(service, signal)
    run.report.line(`[reload] ${service.container}: ${service.action}`)
  }
}
