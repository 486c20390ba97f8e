import { lstat } from 'node:fs/promises'
import { layoutOf } from '@slipway/core'
import type { ReleaseRoots } from '../ports/release-roots.ts'
import { diskError } from './disk-error.ts'

/** Looks at the disk of this host. */
export const releaseRoots: ReleaseRoots = {
  async fault(root) {
    const { releases, own, records } = layoutOf(root)
    for (const folder of [root, releases, own, records]) {
      const facts = await factsOf(folder, root)
      if (facts?.isSymbolicLink()) return `${folder} is a link; name the folder that it leads to`
      if (facts?.isDirectory() === false) return `${folder} is no folder`
    }
    return null
  },
  isUnused: async (root) => (await factsOf(layoutOf(root).records, root)) === null,
}

async function factsOf(path: string, root: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null
    throw diskError(error, root)
  }
}
