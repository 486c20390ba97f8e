import type { Readable } from 'node:stream'
import { runCopier } from '../src/adapters/copier/copier.ts'
import { type CopyTarget, type CopyTotals, copyArchive } from '../src/adapters/copier/copy-archive.ts'
import { knowManifest } from '../src/adapters/copier/known-manifest.ts'
import { calm } from './failure.ts'
import { sourceOf } from './project.ts'

export interface CopyOptions extends Partial<Omit<CopyTarget, 'limits'>> {
  /** As in the configuration. */
  readonly limits?: object
  readonly signal?: AbortSignal
  /** False: in this thread, as quick as a test of many cases has to be. Default: as the worker does it. */
  readonly inThread?: boolean
}

/** Copies an archive into a folder, as whoever runs it, with nothing to take over from and no manifest. */
export function copyArchiveTo(
  folder: string,
  archive: Readable,
  { limits = {}, signal = calm, inThread = true, ...more }: CopyOptions = {},
): Promise<CopyTotals> {
  const target: CopyTarget = {
    ...{
      folder,
      owner: null,
      shared: [],
      kept: [],
      writable: [],
      require: [],
      manifest: null,
      previous: null,
    },
    limits: sourceOf({ limits }).limits,
    ...more,
  }
  if (inThread) return runCopier('archive', target, { signal, streams: [() => archive] })
  return copyArchive(target, {
    ...{
      check() {},
      onFile() {},
      wrote() {},
      open: () => piecesOf(archive),
      manifest: knowManifest,
      help: () => null,
    },
  })
}

async function* piecesOf(archive: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of archive) yield piece as Uint8Array
}
