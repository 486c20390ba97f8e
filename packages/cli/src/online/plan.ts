import { type Config, defaultTag, type ImageName, type Project, registryIdentity } from '@slipway/core'

/** Whether a project can read its own image. */
export interface OwnQuestion {
  readonly project: string
  /** Name of the entry; null for a project that asks without. */
  readonly credentials: string | null
  readonly image: ImageName
  /** Tags to be resolved; without any the repository itself is asked for. */
  readonly tags: readonly string[]
}

/** Whether anybody, without credentials, can read a repository of which some project reads with some. */
export interface OpenQuestion {
  readonly image: ImageName
  readonly tag: string | null
  /** The projects that follow it. */
  readonly projects: readonly string[]
}

/** Whether the credentials of one project can read the image of another. */
export interface CrossQuestion {
  readonly credentials: string
  /** A project that uses them. */
  readonly project: string
  /** The project whose image it is. */
  readonly owner: string
  /** The repository of the owner, at the host that the credentials are configured for: they go to no other. */
  readonly image: ImageName
  readonly tag: string | null
}

export interface OnlinePlan {
  readonly own: readonly OwnQuestion[]
  readonly open: readonly OpenQuestion[]
  readonly cross: readonly CrossQuestion[]
  /** How many cross questions are left out because there are too many. */
  readonly leftOut: number
  /** Entries that several projects with different images use. */
  readonly shared: readonly { readonly credentials: string; readonly projects: readonly string[] }[]
}

/** So many questions take minutes, and a registry may count them. */
export const mostCrossQuestions = 10_000

/** What has to be asked: each entry once for each repository, on registries that both projects know. */
export function planOnline({ projects }: Pick<Config, 'projects'>, most = mostCrossQuestions): OnlinePlan {
  const all = Object.entries(projects).map(([name, project]) => readerOf(name, project))
  const users = Map.groupBy(
    all.filter(({ credentials }) => credentials !== null),
    ({ credentials }) => credentials ?? '',
  )
  const protectedOnes = all.filter(({ credentials }) => credentials !== null)
  const cross = [...users].flatMap(([credentials, own]) => crossQuestions(credentials, own, protectedOnes))
  return {
    own: all.map(({ name, credentials, image, tags }) => ({ project: name, credentials, image, tags })),
    open: [...Map.groupBy(protectedOnes, ({ key }) => key).values()].flatMap(openQuestion),
    cross: cross.slice(0, most),
    leftOut: Math.max(cross.length - most, 0),
    shared: [...users].flatMap(([credentials, own]) =>
      new Set(own.map(({ key }) => key)).size > 1
        ? [{ credentials, projects: own.map(({ name }) => name) }]
        : [],
    ),
  }
}

/** One name for a repository, under whichever host of its registry. */
export function repositoryKey({ registry, repository }: ImageName): string {
  return `${registryIdentity(registry)}/${repository}`
}

interface Reader {
  readonly name: string
  readonly credentials: string | null
  readonly image: ImageName
  readonly key: string
  readonly tag: string | null
  readonly tags: readonly string[]
}

function readerOf(name: string, { image, credentials, tags }: Project): Reader {
  const exact = tags.flatMap((rule) => (rule.kind === 'exact' ? [rule.tag] : []))
  return {
    name,
    credentials: credentials ?? null,
    image,
    key: repositoryKey(image),
    tag: defaultTag(tags),
    tags: exact,
  }
}

function openQuestion(projects: readonly Reader[]): OpenQuestion[] {
  const [first] = projects
  if (!first) return []
  return [{ image: first.image, tag: first.tag, projects: projects.map(({ name }) => name) }]
}

function crossQuestions(
  credentials: string,
  own: readonly Reader[],
  others: readonly Reader[],
): CrossQuestion[] {
  const known = new Set(own.map(({ key }) => key))
  return others.flatMap((owner) => {
    const reader = own.find(({ image }) => onOneRegistry(image, owner.image))
    if (!reader || known.has(owner.key)) return []
    known.add(owner.key)
    const image = { registry: reader.image.registry, repository: owner.image.repository }
    return [{ credentials, project: reader.name, owner: owner.name, image, tag: owner.tag }]
  })
}

function onOneRegistry(a: ImageName, b: ImageName): boolean {
  return registryIdentity(a.registry) === registryIdentity(b.registry)
}
