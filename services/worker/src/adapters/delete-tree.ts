import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Deletes a folder and all in it. Links are not followed. Folders that were made read-only are opened first when that
 * is in the way: whoever runs this may not be root.
 */
export async function deleteTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')))
      throw error
    await openFolders(path)
    await rm(path, { recursive: true, force: true })
  }
}

async function openFolders(path: string): Promise<void> {
  // Of somebody else: then the second try tells what is wrong.
  await chmod(path, 0o700).catch(() => {})
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(path, entry.name))
  }
}
