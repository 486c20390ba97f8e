import { spawn } from 'node:child_process'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SlipwayError } from '@slipway/core'
import { exitCodeOf } from './exit-code.ts'

/** Ends the name of a file that is still being written. */
export const unfinishedSuffix = '.tmp'

/** Writes a small file so that after a power cut it is there whole, old or new. A disk that is full keeps no half of it. */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}${unfinishedSuffix}`
  try {
    const file = await open(temporary, 'w', mode)
    try {
      // Whatever the umask takes away from it.
      await file.chmod(mode)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** Brings what happened to the names in a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** JSON of a file; null when it is not there. */
export async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/**
 * Brings everything on the file system of a path to the disk, by sync(1): Node has no syncfs, and a sync for each of
 * twenty thousand files takes minutes.
 */
export async function syncFileSystem(path: string, signal: AbortSignal): Promise<void> {
  const child = spawn('sync', ['--file-system', path], { stdio: 'ignore', signal })
  const exitCode = await exitCodeOf(child)
  if (exitCode !== 0) throw new SlipwayError('RELEASE_STORE_FAILED', `sync ended with exit code ${exitCode}.`)
}
