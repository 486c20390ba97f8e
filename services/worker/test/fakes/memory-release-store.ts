import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { currentTarget, type HostState, type Release, SlipwayError, type SwitchIntent } from '@slipway/core'
import { extract } from 'tar-stream'
import type { CopyRequest, ReleaseStore } from '../../src/ports/release-store.ts'

export interface MemoryReleaseStore extends ReleaseStore {
  /** Names of the release folders, with the paths of their files. */
  readonly folders: Map<string, readonly string[]>
  readonly records: Map<string, Release>
  /** Names of the releases that have a manifest, with the files that it says. */
  readonly manifests: Map<string, readonly string[]>
  /** Names of what died runs left unfinished. */
  readonly leftovers: Set<string>
  /** What `current` held, one entry a change. */
  readonly switches: (string | null)[]
}

/** A release root without a disk. `before` is what `current` holds when slipway comes. */
export function createMemoryReleaseStore(before: string | null = null): MemoryReleaseStore {
  const folders = new Map<string, readonly string[]>()
  const records = new Map<string, Release>()
  const manifests = new Map<string, readonly string[]>()
  const leftovers = new Set<string>()
  const switches: (string | null)[] = []
  let state: HostState = { live: null, good: null, seq: 0 }
  let intent: SwitchIntent | null = null
  let current = before
  let epoch: string | null = null

  function point(target: string | null): void {
    current = target
    switches.push(target)
  }

  function requireManifest(name: string): [expected: readonly string[], there: readonly string[]] {
    const [expected, there] = [manifests.get(name), folders.get(name)]
    if (!expected || !there) throw new SlipwayError('RELEASE_UNKNOWN', `The release ${name} has no manifest.`)
    return [expected, there]
  }

  return {
    folders,
    records,
    manifests,
    leftovers,
    switches,
    prepare: async () => leftovers.clear(),
    expectCopy() {},
    state: async () => state,
    async saveState(next) {
      state = next
    },
    async findCopied(seq, digest) {
      const fits = (release: Release) =>
        release.seq === seq &&
        release.digest === digest &&
        release.status === 'copied' &&
        folders.has(release.name)
      return [...records.values()].find(fits) ?? null
    },
    async copy({ release, archive, source, signal }: CopyRequest) {
      const { files, bytes } = await readFiles(archive, signal)
      const missing = source.require.find((path) => !files.includes(path))
      if (files.length === 0 || missing !== undefined)
        throw new SlipwayError('SOURCE_MISSING', `The source has no ${missing ?? 'file'}.`)
      folders.set(release.name, files)
      manifests.set(release.name, files)
      return {
        way: 'archive',
        files: files.length,
        bytes,
        linked: 0,
        written: files.length,
        writtenBytes: bytes,
      }
    },
    copyLayers: async () => ({ unfit: 'nothing is known of layers here' }),
    async createEmpty(release) {
      folders.set(release.name, [])
    },
    linkShared: async () => {},
    hasManifest: async ({ name }) => manifests.has(name) && folders.has(name),
    async verify({ name, digest }) {
      const [expected, there] = requireManifest(name)
      const added = there.filter((path) => !expected.includes(path))
      const missing = expected.filter((path) => !there.includes(path))
      const counts = { added: added.length, changed: 0, missing: missing.length }
      const facts = { at: 0, read: 0, files: there.length }
      return { release: name, digest, added, changed: [], missing, counts, ...facts }
    },
    async reseal({ name }) {
      requireManifest(name)
      return 0
    },
    async saveRelease(release) {
      records.set(release.name, release)
    },
    current: async () => current,
    switchTo: async (release) => point(currentTarget(release)),
    restore: async (target) => point(target),
    intent: async () => intent,
    async saveIntent(next) {
      intent = next
    },
    async clearIntent() {
      intent = null
    },
    isPresent: async (release) => folders.has(release.name),
    has: async (release, path) => folders.get(release.name)?.includes(path) ?? false,
    hasLeftovers: async () => leftovers.size > 0,
    epoch: async () => epoch,
    async saveEpoch(next) {
      epoch = next
    },
    releases: async () => [...records.values()],
    async remove(release) {
      folders.delete(release.name)
      manifests.delete(release.name)
      records.delete(release.name)
    },
  }
}

async function readFiles(archive: CopyRequest['archive'], signal: AbortSignal) {
  const entries = extract()
  const reading = pipeline(archive, entries, { signal })
  reading.catch(() => {})
  const files: string[] = []
  let bytes = 0
  try {
    for await (const stream of entries) {
      const content = await text(stream as unknown as NodeJS.ReadableStream)
      if (stream.header.type === 'directory') continue
      files.push(stream.header.name.split('/').slice(1).join('/'))
      bytes += content.length
    }
    await reading
  } catch (cause) {
    signal.throwIfAborted()
    throw new SlipwayError('ARCHIVE_BROKEN', 'The archive ended early.', { cause })
  }
  return { files, bytes }
}
