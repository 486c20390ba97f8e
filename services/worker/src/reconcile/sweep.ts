import { isOutcome } from '@slipway/core'
import type { RunStore } from '@slipway/store'
import type { ContainerEngine, OwnContainer } from '../ports/container-engine.ts'
import type { MaintenancePage } from '../ports/maintenance-page.ts'
import type { ProjectMutex } from '../ports/project-mutex.ts'
import { dropLeftOver } from '../rollout/maintenance.ts'
import type { Site } from '../rollout/run.ts'

/** Something that was found and mended, or could not be. */
export interface Finding {
  /** Empty when it is about none alone. */
  readonly project: string
  readonly what: string
  /** True when a person should hear of it. */
  readonly isAlarm?: boolean
}

export interface SweepTools {
  readonly sites: ReadonlyMap<string, Site>
  readonly mutex: ProjectMutex
  readonly engine: ContainerEngine
  readonly maintenance: MaintenancePage
  readonly store: Pick<RunStore, 'want' | 'deployment'>
  readonly timer: { now(): number }
  readonly tell: (what: Finding) => void
}

const stopGrace = 10_000
/** In milliseconds; a project that this worker does not know may be known to a newer one beside it. */
const strangerTimeout = 3_600_000

/** Takes away what died runs left below a release root, when nobody is at it. */
export async function sweepFolders({ mutex, tell }: SweepTools, site: Site): Promise<void> {
  if (!(await site.releases.hasLeftovers())) return
  const held = await mutex.tryAcquire(site.config.release.root)
  // Whoever holds it sweeps, or is still writing there.
  if (!held) return
  try {
    await site.releases.prepare()
    tell({ project: site.name, what: 'unfinished folders were taken away' })
  } finally {
    await held.release()
  }
}

/** Takes away the maintenance page of a deployment that has ended, when nobody is at it. */
export async function sweepMaintenance(tools: SweepTools, site: Site): Promise<void> {
  const { root } = site.config.release
  if (!(await tools.maintenance.shown(root))) return
  const held = await tools.mutex.tryAcquire(root)
  if (!held) return
  try {
    if (await dropLeftOver(tools, root))
      tools.tell({ project: site.name, what: 'a maintenance page that was left behind was taken away' })
  } finally {
    await held.release()
  }
}

/** Takes away containers that died runs left. A container of a run that is under way is never touched. */
export async function sweepContainers(tools: SweepTools, signal: AbortSignal): Promise<void> {
  const found = Map.groupBy(await tools.engine.ownContainers(signal), ({ project }) => project)
  for (const [project, containers] of found) {
    const site = tools.sites.get(project)
    const held = site ? await tools.mutex.tryAcquire(site.config.release.root) : null
    if (site && !held) continue
    try {
      for (const container of containers) await sweepOne(tools, project, site, container, signal)
    } finally {
      await held?.release()
    }
  }
}

async function sweepOne(
  tools: SweepTools,
  project: string,
  site: Site | undefined,
  { id, role, state, createdAt, release }: OwnContainer,
  signal: AbortSignal,
): Promise<void> {
  const { engine, timer, tell } = tools
  if (!site && createdAt + strangerTimeout > timer.now()) return
  if (role === 'migrate') {
    // The run that is still to come finds it, and its end counts.
    if (site && (await isPending(tools, project))) return
    const timeout = site?.config.migrate?.timeout ?? strangerTimeout
    const isLate = createdAt + timeout <= timer.now()
    // Its worker had stopped when a person took the deployment back, so nobody has ended it yet.
    if (state === 'running' && !isLate && !(site && (await isCancelled(tools, site, release)))) return
  }
  // What is run before a migration is not waited for by anybody: the next run begins it anew.
  if (state === 'running') await engine.stopContainer(id, stopGrace, signal)
  await engine.removeContainer(id, signal)
  tell({ project, what: `a container that was left behind was taken away (${role} of ${release})` })
}

async function isCancelled({ store }: SweepTools, { releases }: Site, name: string): Promise<boolean> {
  const release = (await releases.releases()).find((one) => one.name === name)
  const record = release && (await store.deployment(release.deployment))
  return record?.state === 'cancelled'
}

async function isPending({ store }: SweepTools, project: string): Promise<boolean> {
  const want = await store.want(project)
  const record = want && (await store.deployment(want.deployment))
  return record !== null && !isOutcome(record.state)
}
