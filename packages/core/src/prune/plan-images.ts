import { patienceWithOthers, since, tooYoung } from './age.ts'
import { type Hold, type Holds, keptNamesOf, readHolds } from './holds.ts'
import { type ImageNames, imageNamesOf, shortName } from './image-names.ts'
import type { HostImage, Inventory } from './inventory.ts'
import { byName, gone, kept, type PruneItem, type PrunePolicy } from './item.ts'
import { digestOf } from './own-names.ts'
import type { Uses } from './plan-containers.ts'
import type { ReleaseVerdict } from './plan-releases.ts'

interface Context {
  readonly releases: readonly ReleaseVerdict[]
  readonly uses: Uses
}

/**
 * All images. One goes when nobody holds it, and never in part before that: the engine takes the digests of a repository
 * away with the last tag in it, and by its digest an image is found when somebody wants to go back.
 */
export function planImages(inventory: Inventory, policy: PrunePolicy, context: Context): PruneItem[] {
  const holds = readHolds(inventory, context.releases)
  const judge = createJudge(inventory.now, policy, holds, context.uses)
  return inventory.engine.images.map(judge).toSorted(byName)
}

function createJudge(now: number, policy: PrunePolicy, holds: Holds, { images: used }: Uses) {
  const patience = patienceWithOthers(policy)

  return (image: HostImage): PruneItem => {
    const names = imageNamesOf(image, holds)
    const held = holdOf(image, names.projects)
    const project = held?.project ?? keptNamesOf(image)[0]?.project ?? names.projects[0] ?? null
    const thing = {
      kind: 'image',
      id: image.id,
      name: shortName(image),
      project,
      bytes: image.bytes,
    } as const
    if (held) return kept(thing, held.why)
    const user = used.get(image.id)
    if (user !== undefined) return kept(thing, `used by container ${user}`)
    const verdict = names.isKept ? ofProjects(image, names) : ofOthers(image, names)
    if (verdict.stays) return kept(thing, verdict.why)

    const isAll = names.others.length === 0 || isForAll(image, names)
    const guards = names.projects.length > 0 ? { guards: names.projects } : {}
    if (!isAll) {
      const why = `${verdict.why}; it stays as ${names.others[0]}, a name that slipway did not give`
      return gone({ ...thing, bytes: 0 }, why, { names: names.own, ...guards })
    }
    const all = [...names.others, ...names.own]
    return gone(thing, verdict.why, { names: all.length > 0 ? all : [image.id], ...guards })
  }

  function holdOf(image: HostImage, projects: readonly string[]): Hold | null {
    for (const name of [image.id, ...image.digests.map(digestOf)]) {
      const hold = holds.digests.get(name)
      if (hold) return hold
    }
    for (const { project, seq } of keptNamesOf(image)) {
      const hold = holds.kept.get(`${project}:${seq}`)
      if (hold) return hold
    }
    // What such a project may need is not known: all that has to do with it stays.
    for (const project of projects) {
      const why = holds.projects.get(project)?.untouchable ?? null
      if (why !== null) return { project, why: `${why} (${project})` }
    }
    return null
  }

  function ofProjects(image: HostImage, { doubts: [doubt] }: ImageNames): Verdict {
    const at = cameAt(image)
    const young = tooYoung('came', at, doubt === undefined ? policy.min_age : patience, now)
    const why = doubt ?? 'no release that stays is made of it'
    if (young === null) return { stays: false, why: `${why}; ${since('came', at, now)}` }
    return { stays: true, why: doubt === undefined ? young : `${why}; ${young}` }
  }

  function ofOthers(image: HostImage, names: ImageNames): Verdict {
    const { isDangling, projects } = names
    const at = cameAt(image)
    // A pull that nobody went on with. Somebody else may have pulled it in the same way, hence the longer patience.
    const isLeft = isDangling && image.digests.length > 0 && projects.length > 0
    if (!isLeft && !isOffered(names)) return { stays: true, why: "not slipway's" }
    const young = tooYoung('came', at, patience, now)
    if (young !== null) return { stays: true, why: young }
    const why = isLeft ? `pulled for ${projects[0]}, and no release is made of it` : othersWords(isDangling)
    return { stays: false, why: `${why}; ${since('came', at, now)}` }
  }

  /** True when the names that others gave go too. */
  function isForAll(image: HostImage, names: ImageNames): boolean {
    return isOffered(names) && tooYoung('came', cameAt(image), patience, now) === null
  }

  function isOffered({ isDangling }: ImageNames): boolean {
    return policy.unowned === 'unused' || (policy.unowned === 'dangling' && isDangling)
  }
}

interface Verdict {
  readonly stays: boolean
  readonly why: string
}

function othersWords(isDangling: boolean): string {
  return isDangling ? 'without a name, and no container uses it' : 'no container uses it'
}

// What was never pulled was built here, and came when it was built.
function cameAt({ namedAt, firstSeenAt, digests, builtAt }: HostImage): number | null {
  return namedAt ?? firstSeenAt ?? (digests.length === 0 ? builtAt : null)
}
