import { execFile, spawn } from 'node:child_process'
import { linkSync, mkdirSync, readdirSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { askEngine } from './ask-engine.ts'

const execute = promisify(execFile)

/** The old way: `docker create`, `docker cp`, `docker rm`, and a sync of the file system, as the step has one. */
export function copyByDocker(image: string, path: string, target: string): Promise<number> {
  return afresh(target, async () => {
    const container = await create(image)
    await docker('cp', `${container}:${path}`, target)
    await docker('rm', container)
    await syncOf(target)
  })
}

/** The engine's archive read to nowhere, over its socket as the worker reads it. */
export function readByApi(image: string, path: string, target: string): Promise<number> {
  return afresh(target, async () => {
    mkdirSync(target)
    const body = { Image: image, Entrypoint: ['/nothing'], HostConfig: { NetworkMode: 'none' } }
    const { Id: id } = await askEngine<{ Id: string }>('POST', '/containers/create', { body })
    const query = `path=${encodeURIComponent(path)}`
    await askEngine('GET', `/containers/${id}/archive?${query}`, { toNowhere: true })
    await askEngine('DELETE', `/containers/${id}?force=true&v=true`)
    await syncOf(target)
  })
}

/** The same by the command `docker cp`. */
export function readByCommand(image: string, path: string, target: string): Promise<number> {
  return afresh(target, async () => {
    mkdirSync(target)
    const container = await create(image)
    const reader = spawn('docker', ['cp', `${container}:${path}`, '-'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    reader.stdout.resume()
    const ended = Promise.withResolvers<number | null>()
    reader.once('error', ended.reject).once('close', ended.resolve)
    if ((await ended.promise) !== 0) throw new Error(`docker cp could not read ${path}`)
    await docker('rm', container)
    await syncOf(target)
  })
}

/** Every file of a finished release linked into a fresh folder, by a plain loop; its names are known before. */
export function linkByLoop(release: string, target: string): Promise<number> {
  const entries = readdirSync(release, { recursive: true, withFileTypes: true })
  const nameOf = (entry: (typeof entries)[number]) => relative(release, join(entry.parentPath, entry.name))
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(nameOf)
    .toSorted()
  const files = entries.filter((entry) => entry.isFile()).map(nameOf)
  return afresh(target, async () => {
    mkdirSync(target)
    for (const name of folders) mkdirSync(join(target, name))
    for (const name of files) linkSync(join(release, name), join(target, name))
    await syncOf(target)
  })
}

let moved = 0

/**
 * Milliseconds of some work on a target that is not there and a disk that has nothing left to do. What was made is moved
 * aside, not deleted: ext4 passes over every inode that was freed a moment ago, and whoever writes next would pay.
 * Without a journal it does so for five minutes: who measures again sooner sets TMPDIR to a new folder in the root.
 */
async function afresh(target: string, work: () => Promise<void>): Promise<number> {
  await execute('sync')
  const begun = performance.now()
  await work()
  const took = performance.now() - begun
  moved += 1
  await rename(target, `${target}.${moved}`)
  return took
}

async function syncOf(path: string): Promise<void> {
  await execute('sync', ['--file-system', path])
}

async function create(image: string): Promise<string> {
  return (await docker('create', '--network', 'none', image, '/nothing')).trim()
}

async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args, { timeout: 300_000 })).stdout
}
