import { execFile, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Milliseconds of `docker create` and `docker cp` of a folder to a fresh target, on the disk. */
export async function copyByDocker(image: string, path: string, target: string): Promise<number> {
  await rm(target, { recursive: true, force: true })
  return timed(async () => {
    const container = await create(image)
    await docker('cp', '--quiet', `${container}:${path}`, target).catch(() =>
      docker('cp', `${container}:${path}`, target),
    )
    await execute('sync', ['--file-system', target])
    await docker('rm', container)
  })
}

/** Milliseconds of reading the engine's archive of the same folder to nowhere. */
export async function readByDocker(image: string, path: string): Promise<number> {
  return timed(async () => {
    const container = await create(image)
    const child = spawn('docker', ['cp', `${container}:${path}`, '-'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.resume()
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
    await docker('rm', container)
  })
}

async function create(image: string): Promise<string> {
  return (await docker('create', '--network', 'none', image, '/nothing')).trim()
}

async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args, { timeout: 300_000 })).stdout
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
