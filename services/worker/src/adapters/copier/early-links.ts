import { rmdirSync, rmSync } from 'node:fs'
import type { ManifestEntry } from '../../manifest/manifest.ts'
import type { CopyTarget } from './copy-archive.ts'
import type { JobContext } from './jobs.ts'
import type { KnownManifest } from './known-manifest.ts'
import { createLinkPlan, isDone, openLinking } from './link-plan.ts'
import type { PathRules } from './path-rules.ts'
import { type Owner, openProver } from './previous-release.ts'

/** A release whose files can be linked, whose they must be, and what it has. */
export interface Before {
  readonly folder: string
  readonly owner: Owner
  readonly known: KnownManifest
}

/** Links of files of the release before, that a helper is at while it is found out which of them are wanted. */
export interface EarlyLinks {
  /**
   * Links some too, where a helper does: for who would only wait. False when that is not to be done any more.
   * @throws errors of the disk
   */
  some(): boolean
  /**
   * Links what is wanted and was not linked yet, and takes away what was linked and is not. Nothing else is in the folder
   * of the release then, but for folders.
   * @param wanted by places in the manifest: 1 for what is
   * @param list what it has, by places
   * @param tree places of what may not be in the release or is another there, a folder before what lies in it, and paths
   * of the folders among that which it has
   * @returns by places in the manifest: the time of the last change of a file that was linked in nanoseconds since 1970,
   * else 0
   * @throws errors of the disk
   */
  finish(
    wanted: Uint8Array,
    list: readonly ManifestEntry[],
    tree: { readonly touched: readonly number[]; readonly folders: ReadonlySet<string> },
  ): Promise<BigInt64Array>
}

/** Begins with the links where somebody helps. Whoever gives them up has the helper sent away. */
export function beginLinks(
  target: CopyTarget,
  before: Before,
  rules: PathRules,
  context: JobContext,
): EarlyLinks {
  const { folder, shared, kept, writable } = target
  const { lines, whole } = before.known
  const plan = createLinkPlan(lines.length)
  // Of two entries with the same path only one is to be linked, and who knows which is not known yet.
  const helping = lines.hasAgain
    ? null
    : context.help({
        ...{ plan, manifest: lines.text, folder, rules: { shared, kept, writable } },
        ...{ previous: before.folder, owner: before.owner },
      })
  // It is waited for below, if it comes to that.
  helping?.catch(() => {})

  const previous = openProver(before.folder, before.owner)
  const entriesFrom = (from: number, to: number) => whole()?.list.slice(from, to) ?? []
  const link = openLinking({ ...context, end: 'first', plan, entriesFrom, previous, rules, folder })

  /** Backwards, so that a folder is empty when its turn comes. */
  function takeBack(
    list: readonly ManifestEntry[],
    touched: readonly number[],
    folders: ReadonlySet<string>,
  ): void {
    for (const place of touched.toReversed()) {
      const entry = list[place] as ManifestEntry
      const at = `${folder}/${entry.path}`
      if (entry.kind === 'file' && plan.unwanted[place] === 1 && plan.changedAt[place]) rmSync(at)
      if (entry.kind === 'folder' && !folders.has(entry.path)) removeFolder(at)
    }
  }

  return {
    some: () => helping !== null && link(),
    async finish(wanted, list, { touched, folders }) {
      for (const place of list.keys()) if (wanted[place] !== 1) plan.unwanted[place] = 1
      while (link());
      if (!isDone(plan)) await helping
      takeBack(list, touched, folders)
      return plan.changedAt
    },
  }
}

function removeFolder(path: string): void {
  try {
    rmdirSync(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
