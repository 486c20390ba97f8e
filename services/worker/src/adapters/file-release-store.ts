import { lstat, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import {
  currentTarget,
  type HostState,
  isReleaseName,
  layoutOf,
  mostDriftPaths,
  type Release,
  type ReleaseLayout,
  SlipwayError,
  type SwitchIntent,
  temporaryPrefix,
} from '@slipway/core'
import { noFailpoint } from '../failpoint.ts'
import type { ReleaseStore } from '../ports/release-store.ts'
import { runCopier } from './copier/copier.ts'
import { expectCopier } from './copier/thread.ts'
import { deleteTree } from './delete-tree.ts'
import { diskError } from './disk-error.ts'
import { readJson, syncFolder, unfinishedSuffix, writeDurably } from './durable-file.ts'
import { comparison, copyRelease, manifestOf, manifestSuffix } from './release-copy.ts'
import { copyReleaseLayers, sweepLayers } from './release-layers.ts'
import { linkSharedPath, makeSharedWritable, makeWritable } from './shared-paths.ts'

/** Told where a copy or a switch is, for faults to be injected there. */
type Reached = (place: 'during:copy' | 'during:switch') => void

const nothingYet: HostState = { live: null, good: null, seq: 0 }

/** The release root of a project on the disk of this host. */
export function createFileReleaseStore(root: string, failpoint: Reached = noFailpoint): ReleaseStore {
  const layout = layoutOf(root)
  const folderOf = (release: Pick<Release, 'name'>) => join(layout.releases, release.name)
  const onFile = failpoint === noFailpoint ? undefined : () => failpoint('during:copy')
  const recordOf = (name: string) => join(layout.records, `${name}.json`)

  async function recordNames(): Promise<string[]> {
    return (await readdir(layout.records)).map((file) => file.replace(/\.json$/, '')).filter(isReleaseName)
  }

  async function point(target: string): Promise<void> {
    await requireLinkOrNothing(layout.current)
    const temporary = join(root, `${temporaryPrefix}current`)
    await rm(temporary, { force: true })
    await symlink(target, temporary)
    failpoint('during:switch')
    await rename(temporary, layout.current)
    await syncFolder(root)
  }

  const store: ReleaseStore = {
    async prepare() {
      await requireRealFolder(root)
      // Here already: a walk must not get as far as the migration and fail at the switch.
      await requireLinkOrNothing(layout.current)
      for (const folder of [layout.releases, layout.shared, layout.own, layout.records, layout.manifests]) {
        await mkdir(folder, { recursive: true, mode: 0o755 })
      }
      for (const folder of [root, layout.releases]) await sweepNames(folder, isTemporary)
      // Each has a name of its own, so no later one takes its place.
      await sweepNames(layout.records, isUnfinished)
      await sweepManifests(layout)
      await sweepLayers(layout)
    },

    state: async () => (await readJson<HostState>(layout.state)) ?? nothingYet,
    saveState: (state) => writeDurably(layout.state, JSON.stringify(state, null, 2)),

    async findCopied(seq, digest) {
      for (const name of await recordNames()) {
        if (!name.startsWith(`${seq}-`)) continue
        const release = await readJson<Release>(recordOf(name))
        if (release?.digest === digest && release.status === 'copied' && (await store.isPresent(release)))
          return release
      }
      return null
    },

    expectCopy: (previous) => expectCopier(previous && manifestOf(layout, previous)),
    copy: (request) => copyRelease(layout, request, onFile),
    copyLayers: (request) => copyReleaseLayers(layout, request, onFile),
    async createEmpty(release) {
      await mkdir(folderOf(release), { recursive: true, mode: 0o755 })
      await syncFolder(layout.releases)
    },

    async linkShared(release, { shared, writable, owner }, signal) {
      for (const path of shared) {
        signal.throwIfAborted()
        await linkSharedPath(folderOf(release), layout.shared, path, owner)
      }
      for (const path of writable) {
        signal.throwIfAborted()
        const isShared = shared.some((kept) => path === kept || path.startsWith(`${kept}/`))
        if (isShared) await makeSharedWritable(layout.shared, path, owner)
        else await makeWritable(folderOf(release), path, owner)
      }
    },

    hasManifest: async (release) =>
      (await isFile(manifestOf(layout, release))) && (await store.isPresent(release)),

    verify: (release, { full, signal }) =>
      runCopier(
        'verify',
        { ...comparison(layout, release), full, most: mostDriftPaths, at: Date.now() },
        { signal },
      ),

    async reseal(release, signal) {
      const { files } = await runCopier('reseal', comparison(layout, release), { signal })
      return files
    },

    saveRelease: (release) => writeDurably(recordOf(release.name), JSON.stringify(release, null, 2)),

    current: () => readLink(layout.current),
    switchTo: (release) => point(currentTarget(release)),
    async restore(target) {
      if (target !== null) return point(target)
      await requireLinkOrNothing(layout.current)
      await rm(layout.current, { force: true })
      await syncFolder(root)
    },

    intent: () => readJson<SwitchIntent>(layout.journal),
    saveIntent: (intent) => writeDurably(layout.journal, JSON.stringify(intent, null, 2)),
    async clearIntent() {
      await rm(layout.journal, { force: true })
      await syncFolder(layout.own)
    },

    isPresent: (release) => isFolder(folderOf(release)),
    has: (release, path) =>
      stat(join(folderOf(release), path)).then(
        () => true,
        () => false,
      ),

    async hasLeftovers() {
      const [inRoot = [], inReleases = [], inRecords = [], inManifests = []] = await Promise.all(
        [root, layout.releases, layout.records, layout.manifests].map(namesIn),
      )
      return [...inRoot, ...inReleases].some(isTemporary) || [...inRecords, ...inManifests].some(isUnfinished)
    },
    epoch: () => readJson<string>(layout.epoch),
    saveEpoch: (epoch) => writeDurably(layout.epoch, JSON.stringify(epoch)),

    async releases() {
      const names = await recordNames()
      const found = await Promise.all(names.map((name) => readJson<Release>(recordOf(name))))
      return found.filter((release) => release !== null)
    },
    async remove(release, signal) {
      // Out of its name first: what is half deleted must not look like a release.
      const doomed = join(layout.releases, `${temporaryPrefix}${release.name}`)
      if (await isFolder(folderOf(release))) await rename(folderOf(release), doomed)
      await deleteTree(doomed, signal ? { signal } : {})
      await rm(manifestOf(layout, release), { force: true })
      await rm(recordOf(release.name), { force: true })
    },
  }
  return withOwnErrors(store, root)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

const isTemporary = (name: string) => name.startsWith(temporaryPrefix)
const isUnfinished = (name: string) => name.endsWith(unfinishedSuffix)

async function sweepNames(folder: string, isToGo: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isToGo(name)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** A manifest goes with the record of its release; one that a died run left without is nobody's. */
async function sweepManifests(layout: ReleaseLayout): Promise<void> {
  await sweepNames(layout.manifests, isUnfinished)
  const known = new Set((await namesIn(layout.records)).map((file) => file.replace(/\.json$/, '')))
  await sweepNames(
    layout.manifests,
    (file) => file.endsWith(manifestSuffix) && !known.has(file.slice(0, -manifestSuffix.length)),
  )
}

async function requireRealFolder(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 })
  if ((await lstat(root)).isSymbolicLink()) {
    throw new SlipwayError(
      'RELEASE_STORE_FAILED',
      `The release root ${root} is a link; name the folder that it leads to.`,
    )
  }
}

async function requireLinkOrNothing(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => null)
  if (facts && !facts.isSymbolicLink()) {
    throw new SlipwayError(
      'RELEASE_STORE_FAILED',
      `${path} is not a link; move it away, so that slipway can switch it.`,
    )
  }
}

async function readLink(path: string): Promise<string | null> {
  try {
    return await readlink(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EINVAL'))
      return null
    throw error
  }
}

async function isFile(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => null)
  return facts?.isFile() === true
}

async function isFolder(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => null)
  return facts?.isDirectory() === true
}

/** Turns what the disk throws into ours, for every call of the store alike. */
function withOwnErrors(store: ReleaseStore, root: string): ReleaseStore {
  const wrapped = Object.entries(store).map(([name, method]) => [
    name,
    async (...args: readonly unknown[]) => {
      try {
        return await (method as (...all: readonly unknown[]) => Promise<unknown>)(...args)
      } catch (error) {
        throw diskError(error, root)
      }
    },
  ])
  return Object.fromEntries(wrapped) as ReleaseStore
}
