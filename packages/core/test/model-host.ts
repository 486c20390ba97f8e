import type { Inventory, ProjectHoldings } from '../src/prune/inventory.ts'
import type { PrunePlan } from '../src/prune/item.ts'
import { afterCheck } from '../src/release/go-back.ts'
import { hold } from '../src/release/hold.ts'
import type { HostState, Release } from '../src/release/release.ts'
import { planRetention } from '../src/release/retention.ts'
import { createModelEngine, idOf, type ModelEngine } from './model-engine.ts'
import { digest, release, now as start } from './prune-things.ts'

/** A project as its release root and the configuration have it. */
export interface ModelProject {
  readonly name: string
  image: string
  readonly keep: number
  releases: Release[]
  state: HostState
  seq: number
  wanted: string[]
  isBusy: boolean
  isConfigured: boolean
}

/** How far a deploy gets. */
export const ends = ['live', 'bad', 'bad and stays', 'copied', 'kept', 'pulled'] as const
export type End = (typeof ends)[number]

export interface ModelHost {
  readonly engine: ModelEngine
  readonly projects: readonly ModelProject[]
  now: number
  /** Contents that slipway itself brought here. */
  readonly brought: Set<number>
}

export const repositories = ['registry.example.com/acme/shop', 'mirror.example.com/shop'] as const

export function createModelHost(): ModelHost {
  // Two pull from the same repository, the third has a copy of its images elsewhere.
  const names = ['production', 'staging', 'mirrored']
  const projects = names.map((name, at): ModelProject => {
    const image = repositories[at === 2 ? 1 : 0]
    return {
      ...{ name, image, keep: at === 1 ? 3 : 2, releases: [], state: { live: null, good: null, seq: 0 } },
      ...{ seq: 0, wanted: [], isBusy: false, isConfigured: true },
    }
  })
  return { engine: createModelEngine(), projects, now: start, brought: new Set() }
}

/** What the walk of a deploy leaves behind, by how far it got. */
export function deploy(host: ModelHost, project: ModelProject, content: number, end: End): void {
  const { engine, now } = host
  project.seq += 1
  const { seq, image } = project
  host.brought.add(content)
  engine.pull(content, `${image}@${digest(content)}`, now)
  if (end === 'pulled') return
  engine.tag(idOf(content), keptName(project, seq), now)
  if (end === 'kept') return
  const copied = release(seq, { digest: digest(content), status: 'copied', copiedAt: now, image })
  if (end === 'copied') return void project.releases.push(copied)
  const isGood = end === 'live'
  const made: Release = { ...copied, status: isGood ? 'live' : 'bad' }
  project.releases.push(made)
  if (isGood) project.state = afterCheck(project.state, made, { to: made, ...note })
  else if (end === 'bad and stays') project.state = { ...project.state, live: made, seq }
  else project.state = { ...hold(project.state, made.digest), seq }
}

const note = { deployment: 'd', back: null, before: null, failure: null, at: 0 }

/** A person goes back to a release that was live once, if its folder is there. */
export function goBack(project: ModelProject, which: number): void {
  const good = project.releases.filter(({ status }) => status === 'live')
  const to = good[which % Math.max(1, good.length)]
  if (!to || to.name === project.state.live?.name) return
  project.seq += 1
  const rollback = { seq: project.seq, left: project.state.live }
  project.state = afterCheck(project.state, to, { to, ...note, rollback })
}

/** What a deploy does about older releases once it is live. */
export function retain({ engine }: ModelHost, project: ModelProject): void {
  for (const { release: one, keep } of planRetention(project.releases, project.state, project.keep)) {
    if (keep) continue
    project.releases = project.releases.filter(({ name }) => name !== one.name)
    engine.remove(keptName(project, one.seq))
    const name = `${project.image}@${one.digest}`
    const id = engine.names.get(name)
    if (id === undefined || engine.namesOf(id).some((tag) => tag.startsWith('slipway.local/'))) continue
    engine.remove(name)
  }
}

export function keptName({ name }: ModelProject, seq: number): string {
  return `slipway.local/${name}:${seq}`
}

export function inventoryOf({ engine, projects, now }: ModelHost): Inventory {
  engine.see(now)
  const configured = projects.filter(({ isConfigured }) => isConfigured)
  return {
    ...{ now, host: 'local' },
    projects: configured.map(
      ({ name, image, keep, releases, state, wanted, isBusy }): ProjectHoldings => ({
        ...{ project: name, image, keep, releases, state, wanted },
        untouchable: isBusy ? 'a deploy is under way' : null,
      }),
    ),
    engine: {
      images: engine.images(),
      containers: [...engine.containers.values()],
      ...{ networks: [], volumes: [], buildCache: [] },
    },
  }
}

/** Does what a plan says, in its order. Resolves with what the engine refused, which no plan may ask for. */
export function carryOut({ engine, projects }: ModelHost, { items }: PrunePlan): string[] {
  const refused: string[] = []
  for (const { kind, id, project, names, keep } of items) {
    if (keep) continue
    if (kind === 'release') {
      const owner = projects.find(({ name }) => name === project)
      if (owner) owner.releases = owner.releases.filter(({ name }) => name !== id)
    }
    if (kind === 'container')
      for (const [name, one] of engine.containers) if (one.id === id) engine.containers.delete(name)
    for (const name of names ?? []) if (engine.remove(name) === 'in use') refused.push(name)
  }
  return refused
}
