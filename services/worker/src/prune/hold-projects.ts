import type { HeldMutex, ProjectMutex } from '../ports/project-mutex.ts'
import type { Site } from '../rollout/run.ts'

export interface HoldTools {
  readonly sites: ReadonlyMap<string, Site>
  readonly mutex: ProjectMutex
}

/**
 * Does something while some projects are nobody else's. Resolves with false, and nothing was done, when one of them is
 * somebody's by now, which `onBusy` is told.
 */
export async function holdProjects(
  { sites, mutex }: HoldTools,
  names: readonly string[],
  onBusy: (project: string) => void,
  work: (stillHeld: () => Promise<boolean>) => Promise<void>,
): Promise<boolean> {
  const held: HeldMutex[] = []
  try {
    for (const name of new Set(names)) {
      const site = sites.get(name)
      if (!site) continue
      const one = await mutex.tryAcquire(site.config.release.root)
      if (!one) {
        onBusy(name)
        return false
      }
      held.push(one)
    }
    await work(async () => (await Promise.all(held.map((one) => one.stillHeld()))).every(Boolean))
    return true
  } finally {
    for (const one of held) await one.release()
  }
}
