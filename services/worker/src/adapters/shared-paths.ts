import { chmod, chown, lstat, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { type ReleaseSettings, SlipwayError } from '@slipway/core'

type Owner = ReleaseSettings['owner']

/**
 * Replaces a path of a release by a link to the one that outlives releases. What the first image brings is the first
 * content. Links are relative, so that they lead to the same place wherever the root is mounted; and every folder on
 * the way must be a real one, or an image could aim the link at the host.
 */
export async function linkSharedPath(
  folder: string,
  shared: string,
  path: string,
  owner: Owner,
): Promise<void> {
  const place = join(folder, path)
  const kept = join(shared, path)
  await makeParents(shared, path, owner)
  await makeParents(folder, path, owner)
  const inRelease = await kindOf(place)
  if (inRelease === 'link') {
    if ((await kindOf(kept)) === 'nothing') throw refused(path, 'is a link in the source')
    await rm(place)
  }
  const inShared = await kindOf(kept)
  if (inShared === 'link') throw refused(path, 'is a link in shared/')
  if (inShared === 'nothing') await makeFirst(place, kept, inRelease, owner)
  else if (inRelease !== 'link') await rm(place, { recursive: true, force: true })
  await symlink(relative(dirname(place), kept), place)
}

/** Makes sure of a writable folder in what outlives releases; what is in it belongs to the site and is left alone. */
export async function makeSharedWritable(shared: string, path: string, owner: Owner): Promise<void> {
  const { place, isNew } = await makeFolderAt(shared, path, owner)
  if (isNew) await chmod(place, 0o775)
}

/** Lets the group of the owner write to a folder and the folders in it, without following links. */
export async function makeWritable(folder: string, path: string, owner: Owner): Promise<void> {
  const { place } = await makeFolderAt(folder, path, owner)
  await openFolder(place)
}

async function makeFolderAt(
  root: string,
  path: string,
  owner: Owner,
): Promise<{ place: string; isNew: boolean }> {
  await makeParents(root, path, owner)
  const place = join(root, path)
  const kind = await kindOf(place)
  if (kind === 'file' || kind === 'link')
    throw refused(path, 'is no folder, and only folders can be made writable')
  if (kind === 'nothing') await makeFolder(place, owner)
  return { place, isNew: kind === 'nothing' }
}

async function openFolder(path: string): Promise<void> {
  await chmod(path, 0o775)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolder(join(path, entry.name))
  }
}

async function makeFirst(place: string, kept: string, inRelease: Kind, owner: Owner): Promise<void> {
  if (inRelease === 'folder' || inRelease === 'file') {
    await rename(place, kept)
    if (inRelease === 'folder') await chmod(kept, 0o775)
  } else if (basename(kept).includes('.')) {
    // A name with a dot is a file to everybody who writes `.env` there.
    await writeFile(kept, '', { flag: 'wx', mode: 0o640 })
    if (owner) await chown(kept, owner.uid, owner.gid)
  } else {
    await makeFolder(kept, owner)
    await chmod(kept, 0o775)
  }
}

async function makeParents(root: string, path: string, owner: Owner): Promise<void> {
  const parts = path.split('/').slice(0, -1)
  for (const [index] of parts.entries()) {
    const part = parts.slice(0, index + 1).join('/')
    const kind = await kindOf(join(root, part))
    if (kind === 'nothing') await makeFolder(join(root, part), owner)
    else if (kind !== 'folder') throw refused(path, `lies in "${part}", which is not a folder`)
  }
}

async function makeFolder(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { mode: 0o755 })
  if (owner) await chown(path, owner.uid, owner.gid)
}

type Kind = 'nothing' | 'folder' | 'file' | 'link'

async function kindOf(path: string): Promise<Kind> {
  try {
    const facts = await lstat(path)
    if (facts.isSymbolicLink()) return 'link'
    return facts.isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing'
    throw error
  }
}

function refused(path: string, why: string): SlipwayError {
  return new SlipwayError('SHARED_PATH_REFUSED', `The shared path "${path}" ${why}.`)
}
