import { join } from 'node:path'
import { layoutOf, type Release } from '@slipway/core'
import { createFileReleaseStore } from '../src/adapters/file-release-store.ts'
import type { CopyReport, ReleaseStore } from '../src/ports/release-store.ts'
import { calm } from './failure.ts'
import { makeFolder } from './folder.ts'
import { plainCopy, releaseOf, settingsOf, sourceOf } from './project.ts'
import { streamOf } from './tar.ts'

/** Releases on a real disk, one after the other. */
export interface ReleaseLab {
  readonly root: string
  readonly store: ReleaseStore
  /** Where a release, or something in it, lies. */
  placeOf(release: Release, path?: string): string
  /** Where its manifest lies. */
  manifestOf(release: Release): string
  /** Copies and links the next release; `settings` and `previous` as a copy has them. */
  deploy(archive: Uint8Array, options?: DeployOptions): Promise<{ release: Release; report: CopyReport }>
}

export interface DeployOptions {
  readonly settings?: object
  readonly previous?: Release | null
  readonly source?: object
}

export async function openReleaseLab(): Promise<ReleaseLab> {
  const root = join(await makeFolder(), 'shop')
  const store = createFileReleaseStore(root)
  const layout = layoutOf(root)
  let seq = 0
  await store.prepare()
  return {
    root,
    store,
    placeOf: (release, path = '') => join(layout.releases, release.name, path),
    manifestOf: (release) => join(layout.manifests, `${release.name}.ndjson`),
    async deploy(archive, { settings = {}, previous = null, source = {} } = {}) {
      seq += 1
      const release = releaseOf(seq, 'a')
      const into = { ...plainCopy, settings: settingsOf(settings), previous }
      const request = { release, archive: streamOf(archive, 65_536), source: sourceOf(source), signal: calm }
      const report = await store.copy({ ...request, ...into })
      await store.linkShared(release, into.settings, calm)
      await store.saveRelease(release)
      return { release, report }
    },
  }
}
