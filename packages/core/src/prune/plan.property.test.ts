import fc from 'fast-check'
import { expect, it } from 'vitest'
import { carryOut, createModelHost, type End, inventoryOf, type ModelHost } from '../../test/model-host.ts'
import { type Happening, happen, history, policies } from '../../test/prune-history.ts'
import { contentOf, isTagOfPeople, promisesOf } from '../../test/prune-promises.ts'
import { DAY, digest } from '../../test/prune-things.ts'
import { chooseBack } from '../release/go-back.ts'
import type { Inventory } from './inventory.ts'
import type { PrunePolicy } from './item.ts'
import { planPrune } from './plan.ts'

const runs = 1_500
const defaultPolicy = policies[0] as PrunePolicy

/** Too rare to be met by chance: what is live is bad and stays, and the good one is older than all that count. */
const rare: Happening[] = [
  ...[1, 2, 3].map((content) => deployed(content, 'live')),
  { what: 'back', project: 0, which: 0 },
  deployed(4, 'bad and stays'),
  { what: 'wait', time: DAY },
]

function deployed(content: number, end: End): Happening {
  return { what: 'deploy', project: 0, content, end, isTidied: false }
}

function reversed({ projects, engine, ...rest }: Inventory): Inventory {
  const { images, containers, networks, volumes, buildCache } = engine
  return {
    ...rest,
    projects: projects.map((one) => ({ ...one, releases: one.releases.toReversed() })).toReversed(),
    engine: {
      ...{ images: images.toReversed(), containers: containers.toReversed() },
      ...{ networks, volumes, buildCache },
    },
  }
}

/** Prunes the model, and looks whether all that was promised is still so. */
function prune(host: ModelHost, policy: PrunePolicy): void {
  const { engine } = host
  const inventory = inventoryOf(host)
  const promised = promisesOf(host, policy)
  const plan = planPrune(inventory, policy)

  expect(planPrune(reversed(inventory), policy)).toEqual(plan)
  for (const { kind, id, keep, names = [] } of plan.items) {
    // A named image goes by its names; by its id only what has none.
    if (kind === 'image' && !keep)
      expect(
        engine.namesOf(id).length === 0 ? names : names.every((name) => engine.names.get(name) === id),
      ).toEqual(engine.namesOf(id).length === 0 ? [id] : true)
  }
  expect(carryOut(host, plan)).toEqual([])

  expect(promised.names.filter((name) => !engine.names.has(name))).toEqual([])
  expect(promised.images.filter((id) => !engine.has(id))).toEqual([])
  for (const { name, image } of promised.containers) {
    expect(engine.containers.has(name)).toBe(true)
    expect(engine.has(image)).toBe(true)
  }
  for (const { project, release } of promised.releases) expect(project.releases).toContain(release)
  for (const { project, release } of promised.releases) {
    if (release.status !== 'live') continue
    const known = project.releases.map((one) => ({ release: one, isPresent: true }))
    const { state } = project
    const target = { release: release.name, digest: null }
    const way = chooseBack({ known, state, from: state.live, isServed: true, target })
    expect(['release', 'here']).toContain(way.kind)
  }

  const second = planPrune(inventoryOf(host), policy)
  expect(second.items.filter(({ keep }) => !keep)).toEqual([])
}

it('keeps every promise over any history', () => {
  fc.assert(
    fc.property(history, fc.constantFrom(...policies), (happenings, policy) => {
      const host = createModelHost()
      for (const one of happenings) {
        if ('policy' in one) prune(host, policies[one.policy] ?? defaultPolicy)
        else happen(host, one)
      }
      prune(host, policy)
    }),
    { numRuns: runs, examples: [[rare, defaultPolicy]] },
  )
}, 60_000)

it('leaves nothing of slipway’s that nobody needs, whatever happened before', () => {
  fc.assert(
    fc.property(history, (happenings) => {
      const host = createModelHost()
      for (const one of happenings) {
        if ('policy' in one)
          carryOut(host, planPrune(inventoryOf(host), policies[one.policy] ?? defaultPolicy))
        else happen(host, one)
      }
      const { engine, projects } = host
      for (const project of projects)
        Object.assign(project, { isBusy: false, isConfigured: true, wanted: [] })
      planPrune(inventoryOf(host), defaultPolicy)
      host.now += 30 * DAY

      carryOut(host, planPrune(inventoryOf(host), defaultPolicy))

      const used = new Set([...engine.containers.values()].map(({ image }) => image))
      const needed = new Set(projects.flatMap(({ releases }) => releases.map((one) => one.digest)))
      const kept = engine
        .images()
        .filter(
          ({ id, tags }) =>
            host.brought.has(contentOf(id)) &&
            !used.has(id) &&
            !needed.has(digest(contentOf(id))) &&
            !tags.some(isTagOfPeople),
        )
      for (const { releases, state, keep } of projects) {
        const others = releases.filter(({ name }) => name !== state.live?.name && name !== state.good?.name)
        const good = others.filter(({ status }) => status === 'live')
        expect(good.length).toBeLessThanOrEqual(keep)
        // The newest that was copied, which a run may still take up.
        expect(others.length - good.length).toBeLessThanOrEqual(1)
      }
      // Of each project the newest that was pulled, which a run may still take up.
      expect(kept.length).toBeLessThanOrEqual(projects.length)
    }),
    { numRuns: runs },
  )
}, 60_000)
