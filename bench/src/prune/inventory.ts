import type { HostImage, Inventory, ProjectHoldings, Release } from '@slipway/core'

/** How much there is on the host. */
export interface HostSize {
  readonly images: number
  readonly releases: number
  readonly projects: number
}

const day = 86_400_000
const now = Date.UTC(2026, 10, 28)
const repository = (project: number) => `registry.example.com/customers/site-${project}`
const digestOf = (number: number) => `sha256:${number.toString(16).padStart(64, '0')}`

/**
 * A host as it looks after years without a prune: each project has the same number of releases, every fifth of which
 * failed; every fourth image is somebody else's, and one in ten of all has a container.
 */
export function makeInventory({ images, releases, projects }: HostSize): Inventory {
  const each = Math.ceil(releases / projects)
  const holdings = Array.from({ length: projects }, (_, at) => makeProject(at, each))
  const all = Array.from({ length: images }, (_, at) => makeImage(at, { projects, each, images }))
  return {
    now,
    host: 'local',
    projects: holdings,
    engine: {
      images: all,
      containers: all
        .filter((_, at) => at % 10 === 0)
        .map(({ id }, at) => ({
          ...{ id: digestOf(at), name: `container-${at}`, image: id, isRunning: at % 2 === 0 },
          ...{ createdAt: now - 30 * day, endedAt: null, labels: {}, bytes: 0 },
          ...{ volumes: [`volume-${at}`], networks: [`network-${at}`] },
        })),
      networks: [],
      volumes: [],
      buildCache: [],
    },
  }
}

function makeProject(project: number, each: number): ProjectHoldings {
  const releases = Array.from({ length: each }, (_, at) => makeRelease(project, at + 1, project * each + at))
  const live = releases.findLast(({ status }) => status === 'live') ?? null
  return {
    ...{ project: `site-${project}`, image: repository(project), keep: 5, releases, wanted: [] },
    ...{ state: { live, good: live, seq: each }, untouchable: null, services: [], networks: [] },
  }
}

function makeRelease(project: number, seq: number, content: number): Release {
  const digest = digestOf(content)
  return {
    name: `${seq}-${content.toString(16).padStart(12, '0')}-abcd`,
    ...{ seq, digest, image: repository(project), tag: 'latest', deployment: `deployment-${content}` },
    ...{ copiedAt: now - 60 * day, migratedAt: null, status: seq % 5 === 0 ? 'bad' : 'live' },
    size: { files: 20_000, bytes: 1e8 },
  }
}

function makeImage(
  at: number,
  { projects, each, images }: { projects: number; each: number; images: number },
): HostImage {
  const common = { id: digestOf(1e9 + at), builtAt: 0, namedAt: now - 60 * day, bytes: 1e8, labels: {} }
  if (at % 4 === 3)
    return { ...common, tags: [`other/app:${at}`], digests: [`other/app@${digestOf(1e6 + at)}`] }
  // Spread over all releases, so that both kept and old ones are met.
  const content = Math.floor((at * projects * each) / images)
  const [project, seq] = [Math.floor(content / each), (content % each) + 1]
  return {
    ...common,
    tags: [`slipway.local/site-${project}:${seq}`],
    digests: [`${repository(project)}@${digestOf(content)}`],
  }
}
