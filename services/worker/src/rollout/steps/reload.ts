import { asSlipwayError, type Project, type Release, type Service } from '@slipway/core'
import type { ReloadRequest, ServiceImage } from '../../ports/service-manager.ts'
import type { Run } from '../run.ts'

const commitDeadline = 120_000

/** What is served from now on, and what is left for it when this is a way back. */
export interface Served {
  /** Null for what was there before the first release. */
  readonly release: Release | null
  readonly leaving: Release | null
}

/** Tells the services in the order given; the first that cannot be told ends it. */
export async function reloadServices(run: Run, served: Served, signal: AbortSignal): Promise<void> {
  const { site, services, report } = run
  const request = requestFor(site.name, site.config, served)
  for (const service of site.config.services) {
    const names = await services.reload(service, request, signal)
    for (const name of names) report.line(`[reload] ${name}: ${service.action}`)
  }
}

function requestFor(project: string, config: Project, { release, leaving }: Served): ReloadRequest {
  const names = { project, release: release?.name ?? null, leaving: leaving?.name ?? null }
  if (config.strategy === 'source') return { ...names, image: 'own' }
  return { ...names, image: release ? imageOf(config, release) : 'before' }
}

function imageOf({ image }: Project, { digest, tag }: Release): ServiceImage {
  return { name: image, digest, tag }
}

/**
 * Lets go of what was replaced, as the release stays. Never throws: what is still there then is let go of by the next
 * deploy.
 */
export async function commitServices({ site, services, report, signal }: Run): Promise<void> {
  if (!site.config.services.some(isRecreated)) return
  try {
    await services.commit(site.name, AbortSignal.any([signal, AbortSignal.timeout(commitDeadline)]))
  } catch (error) {
    report.line(`[reload] what was replaced could not be removed: ${asSlipwayError(error).message}`)
  }
}

/** True when nothing else than the image of this release runs. A source is switched, not run: it always does. */
export async function isRunByServices({ site, services, signal }: Run, release: Release): Promise<boolean> {
  if (site.config.strategy === 'source') return true
  for (const service of site.config.services.filter(isRecreated)) {
    if (!(await services.runs(service, imageOf(site.config, release), signal))) return false
  }
  return true
}

/** Milliseconds for the whole step: what waits for health has that much time beyond the others. */
export function reloadDeadline({ timeouts, services }: Project): number {
  return services.filter(isRecreated).reduce((sum, { timeout }) => sum + timeout, timeouts.reload)
}

function isRecreated({ action }: Service): boolean {
  return action === 'recreate'
}
