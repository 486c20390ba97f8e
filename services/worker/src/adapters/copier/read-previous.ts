import { readManifest } from '../../manifest/manifest-file.ts'
import { type Owner, openPreviousRelease, type PreviousRelease } from './previous-release.ts'

/** Null when there is none, or its manifest is gone or not whole. `owner` null: who runs this. */
export function readPrevious(
  previous: { readonly folder: string; readonly manifest: string } | null,
  owner: Owner | null,
): PreviousRelease | null {
  const manifest = previous && readManifest(previous.manifest)
  if (!previous || !manifest) return null
  return openPreviousRelease(previous.folder, manifest, owner ?? { uid: process.geteuid?.() ?? 0, gid: null })
}
