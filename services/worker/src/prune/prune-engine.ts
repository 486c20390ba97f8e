import { asSlipwayError, type PruneItem, type PruneKind, type PrunePlan, planPrune } from '@slipway/core'
import type { Deletion } from '../ports/host-deletions.ts'
import { holdProjects } from './hold-projects.ts'
import { readHoldings } from './holdings.ts'
import { busyWords, type Planned, type PruneRun, toGo } from './run-prune.ts'

/** After so many things in a row that the engine did not answer about, it is not asked about the others. */
const mostSilence = 3

type Work = (item: PruneItem) => Promise<Deletion>

const wayOut = 'It writes a small file before it deletes: free some 100 KB there by hand, and prune again.'

/** The things of an engine that go one by one, each as the plan says. */
export function createEnginePrune(run: PruneRun) {
  const { tools, tally, signal } = run
  const { deletions } = tools
  let silent = 0

  /** Does one deletion and writes down what came of it. What goes wrong is about this thing alone. */
  async function one(item: PruneItem, work: () => Promise<Deletion>): Promise<void> {
    signal.throwIfAborted()
    if (silent >= mostSilence) return tally.kept(item, 'skipped: the Docker Engine does not answer')
    try {
      book(item, await work())
      silent = 0
    } catch (error) {
      signal.throwIfAborted()
      const { code, message } = asSlipwayError(error)
      silent = code === 'ENGINE_UNAVAILABLE' ? silent + 1 : 0
      tally.failed(item, code === 'DISK_FULL' ? `${message}. ${wayOut}` : message)
    }
  }

  function book(item: PruneItem, done: Deletion): void {
    if (done.kind === 'deleted') tally.deleted(item)
    else if (done.kind === 'gone') tally.deleted({ ...item, bytes: 0 }, `${item.why}; it was gone already`)
    else tally.kept(item, `it is needed: ${done.why}`)
  }

  /** Deletes what nobody else may be at: a deploy of these projects could need it again. */
  async function guarded(planned: Planned, kind: PruneKind, work: Work): Promise<void> {
    const going = toGo(planned.plan, kind)
    const first = [...going.filter(isNameless), ...going.filter((item) => !isNameless(item))]
    for (const items of Map.groupBy(first, (item) => guardsOf(item).join('\n')).values()) {
      signal.throwIfAborted()
      tools.failpoint(`before:prune-${kind}`)
      const guards = items[0] ? guardsOf(items[0]) : []
      const keepAll = (busy: string) => {
        for (const item of items) tally.kept(item, `${busyWords} (${busy})`)
      }
      try {
        await holdProjects(tools, guards, keepAll, () => group(planned, items, guards, work))
      } catch (error) {
        signal.throwIfAborted()
        tally.problem(kind, guards.join(', '), asSlipwayError(error).message)
      }
    }
  }

  /** Things that go together, once that is still so now that nobody else has the projects. */
  async function group(
    planned: Planned,
    items: readonly PruneItem[],
    guards: readonly string[],
    work: Work,
  ): Promise<void> {
    const plan = guards.length > 0 ? await planAgain(planned, guards) : planned.plan
    const still = new Map(plan.items.map((item) => [`${item.kind} ${item.id}`, item]))
    for (const { kind, id } of items) {
      const item = still.get(`${kind} ${id}`)
      if (!item) continue
      const others = guardsOf(item).filter((guard) => !guards.includes(guard))
      if (item.keep) tally.kept(item, item.why)
      else if (others.length > 0) tally.kept(item, `skipped: ${others.join(', ')} began to need it`)
      else {
        tools.failpoint(`during:prune-${kind}`)
        await one(item, () => work(item))
      }
    }
  }

  /** The same lists of the engine, and what is known of the projects by now. */
  async function planAgain({ inventory }: Planned, names: readonly string[]): Promise<PrunePlan> {
    const sites = names.map((name) => tools.sites.get(name)).filter((site) => site !== undefined)
    const fresh = await Promise.all(sites.map((site) => readHoldings(tools, site, signal)))
    const projects = inventory.projects.map(
      (known) => fresh.find(({ project }) => project === known.project) ?? known,
    )
    return planPrune({ ...inventory, now: tools.timer.now(), projects }, tools.policy)
  }

  return {
    containers: (planned: Planned) =>
      guarded(planned, 'container', ({ id }) => deletions.container(id, signal)),

    images(planned: Planned): Promise<void> {
      const known = new Map(planned.inventory.engine.images.map((image) => [image.id, image]))
      return guarded(planned, 'image', ({ id, names = [] }) => {
        const { tags = [], digests = [] } = known.get(id) ?? {}
        return deletions.image({ id, names, known: [...tags, ...digests] }, signal)
      })
    },

    networks: (planned: Planned) => guarded(planned, 'network', ({ id }) => deletions.network(id, signal)),
    volumes: (planned: Planned) => guarded(planned, 'volume', ({ id }) => deletions.volume(id, signal)),

    async buildCache({ plan }: Planned): Promise<void> {
      const items = toGo(plan, 'build-cache')
      if (items.length === 0) return
      try {
        const done = await deletions.buildCache(
          items.map(({ id }) => id),
          signal,
        )
        for (const item of items) book(item, done.get(item.id) ?? { kind: 'gone' })
      } catch (error) {
        signal.throwIfAborted()
        for (const item of items) tally.failed(item, asSlipwayError(error).message)
      }
    },
  }
}

/** Sorted, so that two prunes of one host would take the locks in one order. */
function guardsOf({ guards, project }: PruneItem): string[] {
  return (guards ?? (project === null ? [] : [project])).toSorted()
}

/** An engine needs no room to delete one of these, and then has some for the others. */
function isNameless({ id, names }: PruneItem): boolean {
  return names?.[0] === id
}
