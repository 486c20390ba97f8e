import { fixedCredentials } from '@slipway/config-file'
import { parseConfig, type Release } from '@slipway/core'
import { noFailpoint } from '../src/failpoint.ts'
import { createPruneHost, type PruneHostTools, type PruneRequest } from '../src/prune/prune-host.ts'
import type { Site } from '../src/rollout/run.ts'
import { calm } from './failure.ts'
import { createFakeDisk, type FakeDisk } from './fakes/fake-disk.ts'
import { createFakeHost, type FakeHost } from './fakes/fake-host.ts'
import { createMemoryMutex, type MemoryMutex } from './fakes/memory-mutex.ts'
import { createMemoryReleaseStore, type MemoryReleaseStore } from './fakes/memory-release-store.ts'
import { projectOf, releaseOf } from './project.ts'

const day = 86_400_000

export interface PruneRigOptions {
  /** By name, what the projects have beyond the usual. Default: one, `shop`. */
  readonly projects?: Readonly<Record<string, object>>
  readonly policy?: object
}

/** A prune whose every edge is a fake. */
export interface PruneRig {
  readonly host: FakeHost
  readonly disk: FakeDisk
  readonly mutex: MemoryMutex
  readonly tools: PruneHostTools
  readonly said: string[]
  readonly seen: Map<string, number>
  site(project?: string): Site & { readonly releases: MemoryReleaseStore }
  /** What is wanted of projects, and how far that is. */
  readonly wants: Map<string, { readonly state: string; readonly digest: string; readonly back?: object }>
  /** What is wrong with release roots, by path. */
  readonly faults: Map<string, string>
  /** Puts a release with its image there, as a deploy of a week ago left it; the newest one is live. */
  addRelease(seq: number, digit: string, more?: Partial<Release>, project?: string): Promise<Release>
  /** An image that nobody brought in for a project. */
  addImage(id: string, tags: readonly string[], digests?: readonly string[]): void
  prune(request?: Partial<PruneRequest>, signal?: AbortSignal): ReturnType<ReturnType<typeof createPruneHost>>
}

export const imageId = (digit: string) => `sha256:${digit.repeat(63)}0`

export function createPruneRig(
  { projects = { shop: {} }, policy = {} }: PruneRigOptions = {},
  failpoint: PruneHostTools['failpoint'] = noFailpoint,
): PruneRig {
  const host = createFakeHost()
  const disk = createFakeDisk()
  const mutex = createMemoryMutex()
  const said: string[] = []
  const seen = new Map<string, number>()
  const wants: PruneRig['wants'] = new Map()
  const faults: PruneRig['faults'] = new Map()
  const sites = new Map(
    Object.entries(projects).map(([name, more]) => [
      name,
      {
        name,
        config: projectOf({ release: { root: `/srv/${name}`, keep: 2 }, ...more }),
        credentials: fixedCredentials(null),
        trustedKeys: [],
        releases: createMemoryReleaseStore(),
      },
    ]),
  )
  const parsed = parseConfig({ prune: policy, projects: {} })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes))

  const tools: PruneHostTools = {
    ...{ host: 'web1', sites, mutex, disk, engineDisk: disk, inventory: host, deletions: host },
    policy: parsed.config.prune,
    pressure: parsed.config.disk,
    timer: Date,
    failpoint,
    redact: (text) => text.replaceAll('s3cret', '[secret]'),
    say: (line) => said.push(line),
    seen: {
      read: async () => seen,
      async save(next) {
        seen.clear()
        for (const [id, at] of next) seen.set(id, at)
      },
    },
    roots: { fault: async (root) => faults.get(root) ?? null, isUnused: async () => false },
    store: {
      async want(project) {
        const want = wants.get(project)
        if (!want) return null
        const { digest, back } = want
        const about = { project, host: 'web1', image: 'x', tag: 'latest', seq: 9_000, deployment: 'd-9' }
        return { ...about, digest, ...(back ? { back: { release: null, digest: null } } : {}) }
      },
      deployment: async () => {
        const [want] = wants.values()
        return want ? ({ state: want.state, resolvedDigest: null } as never) : null
      },
      saveReleases: async () => {},
    },
  }
  const run = createPruneHost(tools)

  function site(project = 'shop') {
    const found = sites.get(project)
    if (!found) throw new Error(`no ${project}`)
    return found
  }

  return {
    ...{ host, disk, mutex, tools, said, seen, wants, faults, site },
    async addRelease(seq, digit, more = {}, project = 'shop') {
      const { releases, config } = site(project)
      const copiedAt = Date.now() - 7 * day
      const release = releaseOf(seq, digit, {
        status: 'live',
        copiedAt,
        size: { files: 1, bytes: 10 },
        ...more,
      })
      await releases.saveRelease(release)
      releases.folders.set(release.name, ['index.php'])
      if (release.status === 'live') {
        const state = await releases.state()
        await releases.saveState({ live: release, good: state.live, seq })
        await releases.switchTo(release)
      }
      const repository = `${config.image.registry}/${config.image.repository}`
      const tag = `slipway.local/${project}:${seq}`
      const there = host.has.images.get(imageId(digit))
      host.has.images.set(imageId(digit), {
        ...{ id: imageId(digit), tags: [...(there?.tags ?? []), tag] },
        digests: [...new Set([...(there?.digests ?? []), `${repository}@${release.digest}`])],
        ...{ builtAt: 0, namedAt: copiedAt, bytes: 1_000, labels: {} },
      })
      return release
    },
    addImage(id, tags, digests = []) {
      const namedAt = tags.length > 0 ? Date.now() - 30 * day : null
      host.has.images.set(id, { id, tags, digests, builtAt: 1, namedAt, bytes: 500, labels: {} })
    },
    prune: (request = {}, signal = calm) =>
      run({ cause: 'command', by: 'ada', isDryRun: false, ...request }, signal),
  }
}
