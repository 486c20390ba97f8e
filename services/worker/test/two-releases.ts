import { createHash } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Release } from '@slipway/core'
import { type Layer, type LayerEntry, makeLayer } from '@slipway/lab'
import type { LayerDescriptor } from '@slipway/registry'
import { createFileReleaseStore } from '../src/adapters/file-release-store.ts'
import type { LayersReport, LayersRequest, NotFromLayers, ReleaseStore } from '../src/ports/release-store.ts'
import { calm } from './failure.ts'
import { makeFolder, treeOf } from './folder.ts'
import { mergeLayers } from './layer-histories.ts'
import { projectOf, releaseOf, sourceOf } from './project.ts'
import { streamOf, type TarEntry, tar } from './tar.ts'

/** A release root with a first release in it, whose layers are known. */
export interface TwoReleases {
  readonly root: string
  readonly store: ReleaseStore
  readonly first: Release
  /** Makes the second release from layers. */
  fromLayers(layers: readonly Layer[], more?: Partial<LayersRequest>): Promise<LayersReport | NotFromLayers>
  /** What the second release is, by its folder; null when it is not there. */
  second(): Promise<Record<string, string> | null>
}

export const sourcePath = '/var/www/app'
const secondRelease = releaseOf(2, 'b')

export async function openTwoReleases(
  layers: readonly Layer[],
  archive: Uint8Array,
  release: object = {},
): Promise<TwoReleases> {
  const root = join(await makeFolder(), 'site')
  const store = createFileReleaseStore(root)
  const { release: settings } = projectOf({ release: { root, ...release } })
  const source = sourceOf({ path: sourcePath })
  const first = releaseOf(1, 'a')
  await store.prepare()
  await store.saveRelease(first)
  const digests = layers.map(({ digest }) => digest)
  const what = { release: first, source, settings, layers: digests, previous: null, signal: calm }
  await store.copy({ ...what, archive: streamOf(archive, 65_536) })
  await store.linkShared(first, settings, calm)
  return {
    root,
    store,
    first,
    async fromLayers(next, more = {}) {
      const known = new Map([...layers, ...next].map(({ digest, bytes }) => [digest, bytes]))
      await store.saveRelease(secondRelease)
      return store.copyLayers({
        ...{ release: secondRelease, previous: first, source, settings, signal: calm },
        image: { digest: '', layers: next.map(describe), volumes: [] },
        before: layers.map(describe),
        fetch: async ({ digest }) => Readable.from([known.get(digest) ?? Buffer.alloc(0)]),
        ...more,
      })
    },
    async second() {
      const isThere = await store.isPresent(secondRelease)
      return isThere ? treeOf(join(root, 'releases', secondRelease.name)) : null
    },
  }
}

/** Names in the folders where a copy works. */
export async function leftIn(root: string): Promise<string[]> {
  const folders = ['releases', '.slipway/manifests']
  return (await Promise.all(folders.map((folder) => readdir(join(root, folder))))).flat().toSorted()
}

/** What an engine would give of an image of these layers. */
export function archiveOf(layers: readonly (readonly LayerEntry[])[]): Buffer {
  const contents = new Map(
    layers.flat().map(({ content = '' }) => [createHash('sha256').update(content).digest('hex'), content]),
  )
  const entries = (mergeLayers(layers) ?? []).map((entry): TarEntry => {
    const name = `app/${entry.path}`
    if (entry.kind === 'folder') return { name: `${name}/`, type: 'directory', mode: 0o755 }
    if (entry.kind === 'link') return { name, type: 'symlink', linkname: entry.target }
    return { name, mode: entry.mode, content: contents.get(entry.sha256) ?? '' }
  })
  return tar([{ name: 'app/', type: 'directory' }, ...entries])
}

/** The tree that the other way makes of an archive. */
export async function treeByArchive(archive: Uint8Array): Promise<Record<string, string>> {
  const root = join(await makeFolder(), 'site')
  await mkdir(root)
  const store = createFileReleaseStore(root)
  const { release: settings } = projectOf({ release: { root } })
  await store.prepare()
  const what = { release: secondRelease, source: sourceOf(), settings, layers: null, previous: null }
  await store.copy({ ...what, archive: streamOf(archive, 65_536), signal: calm })
  return treeOf(join(root, 'releases', secondRelease.name))
}

export function layersOf(all: readonly (readonly LayerEntry[])[]): Promise<Layer[]> {
  return Promise.all(all.map((entries) => makeLayer(entries)))
}

function describe({ digest, bytes }: Layer): LayerDescriptor {
  return { digest, size: bytes.length, packing: 'gzip' }
}
