import { lstat, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Release, type ReleaseLayout, SlipwayError, temporaryPrefix } from '@slipway/core'
import type { ManifestHead } from '../manifest/manifest.ts'
import type { CopyReport, CopyRequest, CopyWay } from '../ports/release-store.ts'
import { runCopier } from './copier/copier.ts'
import type { CopyTarget, CopyTotals } from './copier/copy-archive.ts'
import type { ResealInput } from './copier/verify-release.ts'
import { syncFileSystem, syncFolder } from './durable-file.ts'

/** Ends the name of a manifest. */
export const manifestSuffix = '.ndjson'

export function manifestOf(layout: ReleaseLayout, { name }: Pick<Release, 'name'>): string {
  return join(layout.manifests, `${name}${manifestSuffix}`)
}

/** Where a release, its manifest and what it is linked to lie. */
export function comparison(layout: ReleaseLayout, release: Release): ResealInput {
  return {
    release: release.name,
    folder: join(layout.releases, release.name),
    manifest: manifestOf(layout, release),
    shared: layout.shared,
  }
}

/** A release out of the archive of its source. */
export function copyRelease(
  layout: ReleaseLayout,
  request: CopyRequest,
  onFile: (() => void) | undefined,
): Promise<CopyReport> {
  const { archive, signal } = request
  return writeRelease(layout, request, 'archive', async (target) => {
    try {
      return await runCopier('archive', target, { signal, streams: [() => archive], onFile })
    } finally {
      archive.destroy()
    }
  })
}

/**
 * Lets `write` fill a temporary folder and write its manifest, and gives the folder its name when it has what is
 * required and is on the disk. Leaves neither when anything fails.
 */
export async function writeRelease(
  layout: ReleaseLayout,
  request: Omit<CopyRequest, 'archive'>,
  way: CopyWay,
  write: (target: CopyTarget) => Promise<CopyTotals>,
): Promise<CopyReport> {
  const { release, source, signal } = request
  const folder = join(layout.releases, `${temporaryPrefix}${release.name}`)
  const target = await targetOf(layout, request, folder)
  try {
    await mkdir(folder, { mode: 0o755 })
    const { foundKept, ...totals } = await write(target)
    await requireContent(
      folder,
      totals.files,
      source.require.filter((path) => !foundKept.includes(path)),
    )
    await syncFileSystem(folder, signal)
    await rename(folder, join(layout.releases, release.name))
    await syncFolder(layout.releases)
    return { way, ...totals }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    await rm(`${folder}.link`, { force: true })
    // Not the one of a release that is there: then this run could not even begin.
    if (!(await isThere(join(layout.releases, release.name))))
      await rm(manifestOf(layout, release), { force: true })
    throw error
  }
}

async function targetOf(
  layout: ReleaseLayout,
  { release, source, settings, layers, previous }: Omit<CopyRequest, 'archive'>,
  folder: string,
): Promise<CopyTarget> {
  const { shared, writable, owner = null } = settings
  const kept = await Promise.all(
    shared.map(async (path) => ((await isThere(join(layout.shared, path))) ? [path] : [])),
  )
  const head: ManifestHead = {
    version: 1,
    release: release.name,
    deployment: release.deployment,
    at: release.copiedAt,
    digest: release.digest,
    sourcePath: source.path,
    layers,
    owner,
    shared,
    writable,
  }
  return {
    ...{ folder, owner, shared, writable, kept: kept.flat() },
    ...{ limits: source.limits, require: source.require },
    manifest: { path: manifestOf(layout, release), head },
    previous:
      previous && settings.copy === 'changed'
        ? { folder: join(layout.releases, previous.name), manifest: manifestOf(layout, previous) }
        : null,
  }
}

async function requireContent(folder: string, files: number, required: readonly string[]): Promise<void> {
  if (files === 0) throw new SlipwayError('SOURCE_MISSING', 'The source of this image has no file in it.')
  for (const path of required) {
    const facts = await stat(join(folder, path)).catch(() => null)
    if (!facts) throw new SlipwayError('SOURCE_MISSING', `The source of this image has no "${path}".`)
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}
