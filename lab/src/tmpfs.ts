import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from './command.ts'
import { findPrivilege } from './machine/privilege.ts'

export interface TmpfsOptions {
  /** As `mount` reads it: `150m`. */
  readonly size: string
  /** How many files and folders it can hold. Default: as many as fit. */
  readonly inodes?: number
}

/** A small disk in memory: one that can be full, be read-only, or lose all that it held. */
export interface Tmpfs {
  readonly path: string
  /** Changes it while it is in use: `ro`, `rw`, `size=20m`. */
  remount(...options: readonly string[]): Promise<void>
  /** Takes it away, and what it holds; also when somebody still uses it. */
  unmount(): Promise<void>
}

const tries = 10
const pauseMs = 100

/**
 * Mounts one over a folder, which is made when it is not there.
 * @throws Error when this user may not mount
 */
export async function mountTmpfs(path: string, { size, inodes }: TmpfsOptions): Promise<Tmpfs> {
  const asRoot = await findPrivilege()
  if (!asRoot) throw new Error('mounting takes root: run as root or allow sudo without a password')
  await mkdir(path, { recursive: true })
  const limits = [`size=${size}`, ...(inodes ? [`nr_inodes=${inodes}`] : [])].join(',')
  await run(...asRoot(['mount', '-t', 'tmpfs', '-o', `${limits},mode=0755`, 'tmpfs', path]))

  return {
    path,
    remount: async (...options) =>
      void (await run(...asRoot(['mount', '-o', ['remount', ...options].join(','), path]))),
    async unmount() {
      for (let attempt = 1; attempt <= tries; attempt += 1) {
        if (await succeeds(asRoot(['umount', path]))) return
        await delay(pauseMs)
      }
      await run(...asRoot(['umount', '--lazy', path]))
    },
  }
}

function succeeds(command: [string, string[]]): Promise<boolean> {
  return run(...command).then(
    () => true,
    () => false,
  )
}
