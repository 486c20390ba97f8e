import { constants } from 'node:fs'
import { chmod, type FileHandle, open, opendir, rmdir, unlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface DeletePace {
  /** When it fires the deletion ends between two files, and what is left can be deleted later. */
  readonly signal?: AbortSignal
  /** So many files and folders go before there is a pause. */
  readonly batch?: number
  /** Milliseconds that the disk is left to others then. */
  readonly pause?: number
}

const defaultBatch = 512
const defaultPause = 10
/** How often a folder is looked at again that somebody still writes to. */
const mostRounds = 100
/** Of Linux; Node does not name it. What is opened so needs no rights, so that its mode can be changed. */
const pathOnly = 0o10000000
const folderItself = pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW
const ownerOnly = 0o700

/**
 * Deletes a folder and all in it, in batches, so that a large one does not keep others from the disk. Links are not
 * followed, not even one that somebody puts in the place of a folder meanwhile: each folder is held open while things in
 * it are deleted. Folders that were made read-only are opened first when that is in the way: whoever runs this may not
 * be root.
 */
export async function deleteTree(path: string, pace: DeletePace = {}): Promise<void> {
  await deleteFolder(path, null, createPacer(pace))
}

type Pacer = () => Promise<void>

function createPacer({ signal, batch = defaultBatch, pause = defaultPause }: DeletePace): Pacer {
  let count = 0
  return async () => {
    signal?.throwIfAborted()
    count += 1
    if (count % batch === 0) await delay(pause, undefined, signal ? { signal } : {}).catch(() => {})
    signal?.throwIfAborted()
  }
}

/** `holder` is the folder that it lies in, as far as that may be opened for deleting. */
async function deleteFolder(path: string, holder: string | null, paced: Pacer): Promise<void> {
  await paced()
  const folder = await openFolder(path, holder)
  if (folder === 'gone') return
  // Somebody put something else in its place: that goes, and where it leads is not looked at.
  if (folder === 'no folder') return withRights(holder, () => unlink(path))
  try {
    for (let round = 1; round <= mostRounds; round += 1) {
      await empty(folder, paced)
      if (await isRemoved(path, holder, round === mostRounds)) return
    }
  } finally {
    await folder.close()
  }
}

async function openFolder(path: string, holder: string | null): Promise<FileHandle | 'gone' | 'no folder'> {
  try {
    return await withRights(holder, () => open(path, folderItself))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone'
    if (codeOf(error) === 'ENOTDIR' || codeOf(error) === 'ELOOP') return 'no folder'
    throw error
  }
}

async function empty(folder: FileHandle, paced: Pacer): Promise<void> {
  // By the folder that is open, wherever its name leads by now.
  const inside = `/proc/self/fd/${folder.fd}`
  const entries = await withRights(inside, () => opendir(inside, { bufferSize: 256 }))
  for await (const entry of entries) {
    const path = `${inside}/${entry.name}`
    if (entry.isDirectory()) await deleteFolder(path, inside, paced)
    else await deleteFile(path, inside, paced)
  }
}

async function deleteFile(path: string, holder: string, paced: Pacer): Promise<void> {
  await paced()
  try {
    await withRights(holder, () => unlink(path))
  } catch (error) {
    if (codeOf(error) === 'EISDIR') await deleteFolder(path, holder, paced)
    else if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** False while something is in it, unless that is one time too often. */
async function isRemoved(path: string, holder: string | null, isLast: boolean): Promise<boolean> {
  try {
    await withRights(holder, () => rmdir(path))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    if (!isLast && (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST')) return false
    throw error
  }
}

/** Tries again with all rights to a folder, when it is one of whoever runs this. */
async function withRights<T>(folder: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (folder === null || (codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM')) throw error
    // Of somebody else: then the second try tells what is wrong.
    await chmod(folder, ownerOnly).catch(() => {})
    return work()
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
