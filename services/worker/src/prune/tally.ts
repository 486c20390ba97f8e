import {
  type PruneItem,
  type PruneKind,
  type PrunePlan,
  type PruneRecord,
  type PruneSummary,
  summarisePlan,
} from '@slipway/core'

/** Keeps account of what becomes of the things of a host during one prune. */
export interface Tally {
  /** What is planned for things of these kinds; it takes the place of an earlier plan for what is not yet decided. */
  plan(plan: PrunePlan, kinds: readonly PruneKind[]): void
  /** The same for the releases of one project. */
  replan(project: string, releases: readonly PruneItem[]): void
  deleted(item: PruneItem, why?: string): void
  kept(item: PruneItem, why: string): void
  failed(item: PruneItem, why: string): void
  /** Something went wrong that is about no single thing. */
  problem(kind: PruneKind, name: string, why: string): void
  /** `stays` says why things are still there that were to go and that nobody came to; null: they would go. */
  end(stays: string | null): PruneSummary & Pick<PruneRecord, 'problems'>
}

const mostProblems = 50

type Verdict = 'kept' | 'deleted' | 'failed' | 'to go'

interface Entry {
  readonly item: PruneItem
  readonly verdict: Verdict
}

const keyOf = ({ kind, project, id }: PruneItem) => `${kind}\n${kind === 'release' ? project : ''}\n${id}`

export function createTally(): Tally {
  const entries = new Map<string, Entry>()
  const problems: PruneRecord['problems'][number][] = []

  const set = (item: PruneItem, verdict: Verdict, why = item.why) =>
    void entries.set(keyOf(item), { item: { ...item, why, keep: verdict === 'kept' }, verdict })

  function plan(items: readonly PruneItem[], isMeant: (item: PruneItem) => boolean): void {
    for (const [key, { item, verdict }] of entries) {
      const isOpen = verdict === 'to go' || verdict === 'kept'
      if (isOpen && isMeant(item)) entries.delete(key)
    }
    for (const item of items) {
      if (isMeant(item) && !entries.has(keyOf(item))) set(item, item.keep ? 'kept' : 'to go')
    }
  }

  return {
    plan: ({ items }, kinds) => plan(items, ({ kind }) => kinds.includes(kind)),
    replan: (project, releases) =>
      plan(releases, (item) => item.kind === 'release' && item.project === project),
    deleted: (item, why) => set(item, 'deleted', why),
    kept: (item, why) => set(item, 'kept', why),
    failed(item, why) {
      set(item, 'failed')
      problems.push({ kind: item.kind, name: item.name, why })
    },
    problem: (kind, name, why) => void problems.push({ kind, name, why }),
    end(stays) {
      for (const { item, verdict } of entries.values())
        if (verdict === 'to go' && stays !== null) set(item, 'kept', stays)
      const all = [...entries.values()]
      const failed = new Set(all.filter(({ verdict }) => verdict === 'failed').map(({ item }) => item))
      const items = all.map(({ item }) => item)
      return { ...summarisePlan({ items }, { failed }), problems: problems.slice(0, mostProblems) }
    },
  }
}
