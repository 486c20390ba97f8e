import { execFile } from 'node:child_process'
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const pageBytes = 4_096
const chunk = Buffer.alloc(256 * pageBytes)

/** Fills the disk that a folder lies on, but for so many bytes; gives what frees it again. */
export async function fillDisk(folder: string, leave = 0): Promise<() => Promise<void>> {
  const path = join(folder, 'ballast')
  const file = await open(path, 'w')
  try {
    for (;;) {
      const room = (await freeBytes(folder)) - leave
      if (room < pageBytes) break
      await file.write(chunk, 0, Math.min(chunk.length, room))
    }
  } finally {
    await file.close()
  }
  return () => rm(path, { force: true })
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Takes all files and folders that a disk can still have; gives what frees them again. */
export async function fillInodes(folder: string): Promise<() => Promise<void>> {
  const made: string[] = []
  while ((await statfs(folder)).ffree > 0) {
    const path = join(folder, `inode-${made.length}`)
    await (await open(path, 'w')).close()
    made.push(path)
  }
  return async () => void (await Promise.all(made.map((path) => rm(path))))
}

/**
 * Lets nobody write below a folder any more, whoever has files open there: a remount would be refused as long as a worker
 * holds its lock. Gives what ends it.
 */
export async function freezeFolder(folder: string): Promise<() => Promise<void>> {
  await asRoot('mount', '--bind', folder, folder)
  await asRoot('mount', '-o', 'remount,bind,ro', folder)
  return () => asRoot('umount', '--lazy', folder)
}

async function asRoot(program: string, ...args: string[]): Promise<void> {
  if (process.getuid?.() === 0) await execute(program, args)
  else await execute('sudo', ['-n', program, ...args])
}
