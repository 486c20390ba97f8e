import { asSlipwayError, type ProjectHoldings, type PruneItem, planPrune } from '@slipway/core'
import { resealLive } from '../rollout/reseal-live.ts'
import type { Site } from '../rollout/run.ts'
import { tellReleases } from '../rollout/tell-releases.ts'
import { holdProjects } from './hold-projects.ts'
import { readHoldings } from './holdings.ts'
import { busyWords, type Planned, type PruneRun, toGo } from './run-prune.ts'

/** Deletes the releases that a plan lets go, each project by itself and as it is by the time that nobody else has it. */
export async function pruneReleases(run: PruneRun, { inventory, plan }: Planned): Promise<void> {
  const { tools, tally, signal } = run
  const ofProject = Map.groupBy(toGo(plan, 'release'), ({ project }) => project)
  for (const [project, items] of ofProject) {
    signal.throwIfAborted()
    const site = project === null ? undefined : tools.sites.get(project)
    if (!site) continue
    tools.failpoint('before:prune-release')
    const keepAll = () => {
      for (const item of items) tally.kept(item, busyWords)
    }
    try {
      await holdProjects(tools, [site.name], keepAll, (stillHeld) =>
        pruneSite(run, site, inventory, stillHeld),
      )
    } catch (error) {
      signal.throwIfAborted()
      tally.problem('release', site.name, asSlipwayError(error).message)
    }
  }
}

async function pruneSite(
  run: PruneRun,
  site: Site,
  inventory: Planned['inventory'],
  stillHeld: () => Promise<boolean>,
): Promise<void> {
  const { tools, tally, signal } = run
  // A deploy may have come and gone since the plan was made.
  const fresh = await readHoldings(tools, site, signal)
  const plan = planPrune({ ...inventory, now: tools.timer.now(), projects: [fresh] }, tools.policy)
  const items = plan.items.filter(({ kind }) => kind === 'release')
  tally.replan(site.name, items)
  let gone = 0
  for (const item of items.filter(({ keep }) => !keep)) {
    signal.throwIfAborted()
    tools.failpoint('during:prune-release')
    if (!(await stillHeld())) {
      tally.kept(item, 'skipped: somebody took the lock of the project away')
      continue
    }
    if (await deleteRelease(run, site, fresh, item)) gone += 1
  }
  if (gone === 0) return
  await resealLive({ site, signal, report: { line: tools.say } })
  const why = await tellReleases(tools.store, site, signal)
  signal.throwIfAborted()
  if (why) tools.say(`the releases of ${site.name} could not be told: ${why}`)
}

async function deleteRelease(
  { tally, signal }: PruneRun,
  site: Site,
  { releases }: ProjectHoldings,
  item: PruneItem,
): Promise<boolean> {
  const release = releases.find(({ name }) => name === item.id)
  if (!release) return false
  try {
    await site.releases.remove(release, signal)
    tally.deleted(item)
    return true
  } catch (error) {
    signal.throwIfAborted()
    tally.failed(item, asSlipwayError(error).message)
    return false
  }
}
