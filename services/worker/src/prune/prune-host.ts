import {
  asSlipwayError,
  type Config,
  type Inventory,
  type PruneCause,
  type PruneKind,
  type PruneRecord,
  planPrune,
  type Redact,
} from '@slipway/core'
import { adviceFor } from './advice.ts'
import { type DiskTools, readDisks } from './disk-figures.ts'
import { createEnginePrune } from './prune-engine.ts'
import { pruneReleases } from './prune-releases.ts'
import { type Planned, type PruneRun, type PruneTools, toGo } from './run-prune.ts'
import { rememberImages, type Taken, takeInventory } from './take-inventory.ts'
import { createTally, type Tally } from './tally.ts'

export interface PruneRequest {
  readonly cause: PruneCause
  /** Who asked, of a command. */
  readonly by: string | null
  /** True when only the plan is wanted. */
  readonly isDryRun: boolean
}

/** Plans and carries out one prune of this host. Resolves also when it failed: then the record says why. */
export type PruneHost = (request: PruneRequest, signal: AbortSignal) => Promise<PruneRecord>

export interface PruneHostTools extends PruneTools, DiskTools {
  readonly pressure: Pick<Config['disk'], 'act'>
  readonly redact: Redact
}

const ofEngine: readonly PruneKind[] = ['container', 'image', 'network', 'volume', 'build-cache']
/** Milliseconds; a disk that does not answer must not keep what was done from being told. */
const figuresDeadline = 10_000

/**
 * The plan is made of what is there, carried out part by part, and made again whenever things have gone that others
 * depended on; what a deploy could need is decided while no deploy can begin.
 */
export function createPruneHost(tools: PruneHostTools): PruneHost {
  return async (request, signal) => {
    const startedAt = tools.timer.now()
    const begun = performance.now()
    const tally = createTally()
    const before = await figures(tools)
    let failure: { readonly errorCode: string; readonly why: string } | null = null
    try {
      await prune({ tools, tally, signal }, request)
    } catch (thrown) {
      const error = asSlipwayError(signal.aborted ? signal.reason : thrown)
      failure = { errorCode: error.code, why: error.message }
    }
    const stays = failure ? `not come to: ${failure.why}` : 'not come to'
    const found = tally.end(request.isDryRun && !failure ? null : stays)
    const after = request.isDryRun ? before : await figures(tools)
    const record: PruneRecord = {
      ...{ host: tools.host, ...request, startedAt },
      milliseconds: Math.round(performance.now() - begun),
      outcome: failure ? 'failed' : found.problems.length > 0 ? 'problems' : 'done',
      errorCode: failure?.errorCode ?? null,
      why: failure?.why ?? null,
      ...found,
      ...{ before, after },
      advice: adviceFor(after, found.kept, tools.policy, tools.pressure.act),
    }
    return redacted(record, tools.redact)
  }
}

async function prune(run: PruneRun, { isDryRun }: PruneRequest): Promise<void> {
  const { tools, tally } = run
  const first = await planNow(run, { onTaken: (taken) => noteMissing(tally, taken) })
  tally.plan(first.plan, ['release', ...ofEngine])
  if (isDryRun) return
  await pruneReleases(run, first)
  if (!first.hasEngine) return
  await rememberImages(tools, first.inventory).catch((error: unknown) =>
    tools.say(`when images were first seen could not be kept: ${asSlipwayError(error).message}`),
  )

  const engine = createEnginePrune(run)
  const second = await planEngine(run, first, ofEngine)
  await engine.containers(second)
  const third = await planForWhatStays(run, second)
  await engine.networks(third)
  await engine.volumes(third)
  await engine.buildCache(third)
  // Last: before an engine takes a name away it writes a file, for which there may have been no room until now.
  await engine.images(third)
}

type PlannedWhole = Planned & Pick<Taken, 'hasEngine'>

interface Taking {
  readonly onTaken?: (taken: Taken) => void
  /** What is planned for, where that is not what is there. */
  readonly see?: (inventory: Inventory) => Inventory
}

async function planNow(
  { tools, signal }: PruneRun,
  { onTaken = () => {}, see = (inventory) => inventory }: Taking = {},
): Promise<PlannedWhole> {
  const taken = await takeInventory(tools, signal)
  onTaken(taken)
  const inventory = see(taken.inventory)
  return { inventory, hasEngine: taken.hasEngine, plan: planPrune(inventory, tools.policy) }
}

/** The plan for what an engine has, anew. */
async function planEngine(
  run: PruneRun,
  earlier: Planned,
  kinds: readonly PruneKind[],
  see?: Taking['see'],
): Promise<Planned> {
  const next = await planNow(run, see ? { see } : {})
  // An engine that went away meanwhile has lost nothing: what was to go stays, and that is told.
  if (!next.hasEngine) {
    const why = 'it stopped answering while it was being pruned'
    run.tally.problem('image', 'the Docker Engine', why)
    return { ...earlier, plan: { ...earlier.plan, items: [] } }
  }
  run.tally.plan(next.plan, kinds)
  return next
}

/** The containers that are still there stay, whatever was planned for them, and keep all that they need whole. */
async function planForWhatStays(run: PruneRun, earlier: Planned): Promise<Planned> {
  const kinds: readonly PruneKind[] = ['image', 'network', 'volume', 'build-cache']
  if (toGo(earlier.plan, 'container').length === 0) return earlier
  return planEngine(run, earlier, kinds, (inventory) => {
    const containers = inventory.engine.containers.map((one) => ({ ...one, isRunning: true }))
    return { ...inventory, engine: { ...inventory.engine, containers } }
  })
}

function noteMissing(tally: Tally, { missing, hasEngine, inventory }: Taken): void {
  for (const why of missing) tally.problem(hasEngine ? 'build-cache' : 'image', 'the Docker Engine', why)
  for (const { project, untouchable, isFault } of inventory.projects)
    if (isFault && untouchable !== null) tally.problem('release', project, untouchable)
}

async function figures(tools: DiskTools) {
  return readDisks(tools, AbortSignal.timeout(figuresDeadline)).catch(() => [])
}

/** What an engine says may quote anything. */
function redacted(record: PruneRecord, redact: Redact): PruneRecord {
  const clean = <T extends { readonly why: string }>(items: readonly T[]) =>
    items.map((item) => ({ ...item, why: redact(item.why) }))
  return {
    ...record,
    why: record.why && redact(record.why),
    advice: record.advice && redact(record.advice),
    deleted: clean(record.deleted),
    kept: clean(record.kept),
    problems: clean(record.problems),
  }
}
