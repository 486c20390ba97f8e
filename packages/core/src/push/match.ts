import type { Config } from '../config/schema.ts'
import { registryIdentity } from '../image/registry-host.ts'
import { followsTag, type TagRule } from '../image/tag-policy.ts'
import type { Wanted } from '../rollout/deployment.ts'
import { createWants, type WantedReference } from '../rollout/wants.ts'
import type { ImagePush } from './image-push.ts'

/** Why a project that holds the image is not deployed by this push. */
export interface Miss {
  readonly project: string
  readonly why: string
}

export interface MatchResult {
  /** One for each project and host. */
  readonly wanted: readonly Wanted[]
  /** Projects that follow the push, in the order of the configuration. */
  readonly projects: readonly string[]
  readonly misses: readonly Miss[]
}

/** A push, with what a repetition of its call is known by, where there is such a thing. */
export interface Announced extends ImagePush {
  readonly delivery?: string
}

export type Matcher = (pushes: readonly Announced[], only?: readonly string[]) => MatchResult

/** What is needed of a project to set a push beside it. */
interface Follower {
  readonly name: string
  readonly registry: string
  readonly repository: string
  readonly tags: readonly TagRule[]
  readonly wants: (reference: WantedReference) => readonly Wanted[]
}

/**
 * Sets pushes beside the projects. Looking a push up costs the same with ten projects and with ten thousand. The
 * image of a Wanted is the configured one, so no sender can choose which registry is contacted.
 */
export function createMatcher(projects: Config['projects']): Matcher {
  const followers = Object.entries(projects).map(([name, project]) => followerOf(name, project))
  const byIdentity = Map.groupBy(followers, ({ registry }) => registryIdentity(registry))
  const byRegistry = new Map([...byIdentity].map(([identity, its]) => [identity, byRepository(its)]))
  // Reading the name of a registry costs more than finding the project does, and so does putting one key together.
  const registries = new Set(followers.map(({ registry }) => registry))
  const asWritten = new Map([...registries].map((host) => [host, byRegistry.get(registryIdentity(host))]))
  const followersOf = ({ registry, repository }: ImagePush) =>
    (asWritten.get(registry) ?? byRegistry.get(registryIdentity(registry)))?.get(repository) ?? []
  return (pushes, only) => {
    // By project: of several pushes for one project in one call the last is the newest.
    const found = new Map<string, readonly Wanted[]>()
    const misses: Miss[] = []
    for (const push of pushes) {
      for (const { name, tags, wants } of followersOf(push)) {
        const why = refusal(name, followsTag(tags, push.tag), push.tag, only)
        if (why) misses.push({ project: name, why })
        else found.set(name, wants(referenceOf(push)))
      }
    }
    return { wanted: [...found.values()].flat(), projects: [...found.keys()], misses }
  }
}

function followerOf(name: string, project: Config['projects'][string]): Follower {
  const { image, tags } = project
  const [registry, repository] = [image.registry, whole(image.repository)]
  return { name, registry, repository, tags, wants: createWants(name, project) }
}

// What was cut out of a longer text stays a view of it, and as a key takes three times as long to be found.
function whole(text: string): string {
  return [...text].join('')
}

function byRepository(followers: readonly Follower[]): ReadonlyMap<string, readonly Follower[]> {
  return Map.groupBy(followers, ({ repository }) => repository)
}

function referenceOf({ tag, digest, delivery }: Announced): WantedReference {
  return delivery === undefined ? { tag, digest } : { tag, digest, delivery }
}

function refusal(
  name: string,
  follows: boolean,
  tag: string,
  only: readonly string[] | undefined,
): string | null {
  if (only && !only.includes(name)) return 'the hook may not nudge this project'
  return follows ? null : `the project does not follow the tag "${tag}"`
}
