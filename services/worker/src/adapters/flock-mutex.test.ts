import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layoutOf } from '@slipway/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { acquire } from '../../test/contracts/project-mutex.ts'
import { failureOf } from '../../test/failure.ts'
import { makeFolder } from '../../test/folder.ts'
import { flockMutex } from './flock-mutex.ts'

const holder = fileURLToPath(new URL('../../test/hold-mutex.ts', import.meta.url))

/** Another process that asks for the mutex; resolves with what it said. */
async function otherProcess(root: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [holder, root], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: chunk.toString().trim() }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

describe('between processes', () => {
  it('keeps another process out', async () => {
    const root = await makeFolder()
    const held = await acquire(flockMutex, root)

    expect((await otherProcess(root)).said).toBe('busy')
    await held.release()
  })

  it('is free as soon as its holder is killed', async () => {
    const root = await makeFolder()
    const { child, said } = await otherProcess(root)
    const during = await flockMutex.tryAcquire(root)

    await end(child)

    expect(said).toBe('held')
    expect(during).toBeNull()
    await (await acquire(flockMutex, root)).release()
  })

  it('stays with a holder that is stopped for a while', async () => {
    const root = await makeFolder()
    const { child } = await otherProcess(root)

    child.kill('SIGSTOP')
    await vi.waitUntil(async () => (await stateOf(child)) === 'T')

    expect(await flockMutex.tryAcquire(root)).toBeNull()
    await end(child)
  })

  it('is not kept by children that its holder leaves behind', async () => {
    const root = await makeFolder()
    const held = await acquire(flockMutex, root)
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')

    await held.release()

    await (await acquire(flockMutex, root)).release()
  })

  it('can be taken by flock(1) when nobody has it, and then not by us', async () => {
    const root = await makeFolder()
    await (await acquire(flockMutex, root)).release()
    const child = spawn('flock', [layoutOf(root).lock, 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'))
    await once(child.stdout, 'data')

    expect(await flockMutex.tryAcquire(root)).toBeNull()
  })
})

describe('the lock file', () => {
  it('that was removed and made anew by another holder is noticed', async () => {
    const root = await makeFolder()
    const held = await acquire(flockMutex, root)
    await rename(layoutOf(root).lock, join(root, 'taken-away'))

    const other = await acquire(flockMutex, root)

    expect(await held.stillHeld()).toBe(false)
    expect(await other.stillHeld()).toBe(true)
    await held.release()
    await other.release()
  })

  it('is not changed by whoever locks it', async () => {
    const root = await makeFolder()
    await (await acquire(flockMutex, root)).release()
    await writeFile(layoutOf(root).lock, 'a note')
    await chmod(layoutOf(root).lock, 0o600)

    await (await acquire(flockMutex, root)).release()

    expect(await readFile(layoutOf(root).lock, 'utf8')).toBe('a note')
  })

  it('that the disk refuses is told as such', async () => {
    const root = join(await makeFolder(), 'file')
    await writeFile(root, '')

    expect((await failureOf(flockMutex.tryAcquire(root))).code).toBe('RELEASE_STORE_FAILED')
  })

  it('leaves no descriptor behind when it is busy', async () => {
    const root = await makeFolder()
    const held = await acquire(flockMutex, root)
    const before = await descriptors(root)

    for (let count = 0; count < 20; count += 1) await flockMutex.tryAcquire(root)

    expect(await descriptors(root)).toBe(before)
    await held.release()
  })
})

async function stateOf(child: ChildProcess): Promise<string | undefined> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2)[0]
}

/** How many of this process lead below a folder. */
async function descriptors(root: string): Promise<number> {
  const folder = `/proc/${process.pid}/fd`
  const numbers = await readdir(folder)
  // Of the others some come and go while this looks.
  const targets = await Promise.all(numbers.map((one) => readlink(`${folder}/${one}`).catch(() => '')))
  return targets.filter((target) => target.includes(root)).length
}
