import type { HostContainer, HostImage } from '../src/prune/inventory.ts'
import { container, digest } from './prune-things.ts'

interface Stored {
  readonly content: number
  readonly builtAt: number
  namedAt: number | null
  firstSeenAt: number | null
}

/** What an image is to whoever deletes a name of it. */
type Removal = 'untagged' | 'gone' | 'in use' | 'not there'

/** So much of a Docker Engine as a prune meets: names, images that go with their last name, containers that hold them. */
export interface ModelEngine {
  readonly names: ReadonlyMap<string, string>
  readonly containers: Map<string, HostContainer>
  images(): HostImage[]
  has(id: string): boolean
  namesOf(id: string): string[]
  pull(content: number, name: string, at: number): void
  build(content: number, at: number): void
  tag(id: string, name: string, at: number): void
  run(name: string, image: string, over?: Partial<HostContainer>): void
  remove(name: string): Removal
  /** Notes when something was first seen, for what the engine itself does not tell. */
  see(at: number): void
}

export const idOf = (content: number) => `id-${content}`

const repositoryOf = (name: string) => name.split('@')[0]?.replace(/:[^:/]+$/, '') ?? ''
const isDigest = (name: string) => name.includes('@')

export function createModelEngine(): ModelEngine {
  const stored = new Map<string, Stored>()
  const names = new Map<string, string>()
  const containers = new Map<string, HostContainer>()
  const namesOf = (id: string) => [...names].filter(([, one]) => one === id).map(([name]) => name)
  const isUsed = (id: string) => [...containers.values()].some(({ image }) => image === id)

  function store(content: number, builtAt: number): Stored {
    const image = stored.get(idOf(content)) ?? { content, builtAt, namedAt: null, firstSeenAt: null }
    stored.set(idOf(content), image)
    return image
  }

  // As the engine has it: one repository, with one tag at most.
  function isSingle(all: readonly string[]): boolean {
    return new Set(all.map(repositoryOf)).size <= 1 && all.filter((name) => !isDigest(name)).length <= 1
  }

  function removeId(id: string): Removal {
    if (!stored.has(id)) return 'not there'
    if (isUsed(id) || !isSingle(namesOf(id))) return 'in use'
    for (const name of namesOf(id)) names.delete(name)
    stored.delete(id)
    return 'gone'
  }

  return {
    names,
    containers,
    namesOf,
    has: (id) => stored.has(id),
    images: () =>
      [...stored].map(([id, { content, builtAt, namedAt, firstSeenAt }]) => ({
        ...{ id, builtAt, namedAt, firstSeenAt, bytes: 1_000 + content, labels: {} },
        tags: namesOf(id).filter((name) => !isDigest(name)),
        digests: namesOf(id).filter(isDigest),
      })),
    pull(content, name, at) {
      const image = store(content, 0)
      const repository = repositoryOf(name)
      names.set(`${repository}@${digest(content)}`, idOf(content))
      // A pull by digest alone gives no tag, and the engine then tells no time.
      if (!isDigest(name)) {
        names.set(name, idOf(content))
        image.namedAt = at
      }
    },
    build: (content, at) => void store(content, at),
    tag(id, name, at) {
      const image = stored.get(id)
      if (!image) return
      names.set(name, id)
      image.namedAt = at
    },
    run(name, image, over) {
      if (stored.has(image)) containers.set(name, container(name, { image, ...over }))
    },
    remove(name) {
      const id = names.get(name)
      if (id === undefined) return removeId(name)
      if (isSingle(namesOf(id)) && isUsed(id)) return 'in use'
      names.delete(name)
      const repository = repositoryOf(name)
      const rest = namesOf(id).filter((one) => repositoryOf(one) === repository)
      // With the last tag of a repository the engine takes its digests away too.
      if (!isDigest(name) && rest.every(isDigest)) for (const one of rest) names.delete(one)
      if (namesOf(id).length > 0) return 'untagged'
      stored.delete(id)
      return 'gone'
    },
    see(at) {
      for (const image of stored.values()) image.firstSeenAt ??= at
    },
  }
}
