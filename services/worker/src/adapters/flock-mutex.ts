import { spawn } from 'node:child_process'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { layoutOf, SlipwayError } from '@slipway/core'
import type { HeldMutex, ProjectMutex } from '../ports/project-mutex.ts'
import { diskError } from './disk-error.ts'
import { exitCodeOf } from './exit-code.ts'

const busyExitCode = 75

/**
 * flock(2) on a file below the release root. Whoever may touch a project has its root, so the lock reaches workers in
 * different containers; and the kernel frees it with the last descriptor, however the worker ends. Node has no flock,
 * so flock(1) takes it for us on a descriptor that we opened: the lock belongs to the open file, which stays ours when
 * that child has long ended.
 */
export const flockMutex: ProjectMutex = {
  async tryAcquire(root) {
    const { own, lock } = layoutOf(root)
    try {
      await mkdir(own, { recursive: true, mode: 0o755 })
      const file = await open(lock, 'a', 0o600)
      try {
        if ((await lockDescriptor(file)) && (await isSameFile(file, lock))) return held(file, lock)
      } catch (error) {
        await file.close()
        throw error
      }
      await file.close()
      return null
    } catch (error) {
      throw diskError(error, root)
    }
  },
}

function held(file: FileHandle, path: string): HeldMutex {
  return {
    stillHeld: () => isSameFile(file, path),
    release: () => file.close(),
  }
}

async function lockDescriptor(file: FileHandle): Promise<boolean> {
  const child = spawn(
    'flock',
    ['--exclusive', '--nonblock', '--conflict-exit-code', String(busyExitCode), '3'],
    {
      stdio: ['ignore', 'ignore', 'ignore', file.fd],
    },
  )
  const exitCode = await exitCodeOf(child)
  if (exitCode === 0) return true
  if (exitCode === busyExitCode) return false
  throw new SlipwayError(
    'RELEASE_STORE_FAILED',
    `flock ended with exit code ${exitCode}; is util-linux installed?`,
  )
}

// A lock on a file that somebody removed keeps nobody out.
async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  const [mine, there] = await Promise.all([file.stat(), stat(path).catch(() => null)])
  return there !== null && mine.ino === there.ino && mine.dev === there.dev
}
