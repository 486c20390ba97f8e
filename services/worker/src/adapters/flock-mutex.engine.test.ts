import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layoutOf } from '@slipway/core'
import { ensureMachine, image } from '@slipway/lab'
import Docker from 'dockerode'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { acquire } from '../../test/contracts/project-mutex.ts'
import { swept } from '../../test/real-engine.ts'
import { flockMutex } from './flock-mutex.ts'

const docker = new Docker()
const say = () => {}
const busy = 9
let base = ''

beforeAll(async () => {
  const machine = await ensureMachine({ stateDir: tmpdir(), say })
  if (!machine.ok) throw new Error(machine.why)
  base = await image('debian', { say })
})

async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-flock-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return root
}

/** A container that sees the root under another path and runs something under the lock of it. */
async function locking(root: string, ...command: string[]): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: base,
    Entrypoint: [],
    Cmd: ['flock', '--nonblock', '--conflict-exit-code', String(busy), layoutOf('/site').lock, ...command],
    Labels: swept,
    HostConfig: { Binds: [`${root}:/site`], NetworkMode: 'none' },
  })
  onTestFinished(() => container.remove({ force: true }))
  await container.start()
  return container
}

async function exitCode(container: Docker.Container): Promise<number> {
  return (await container.wait()).StatusCode
}

describe('between containers', () => {
  it('keeps a container out while we hold it, and lets it in afterwards', async () => {
    const root = await makeRoot()
    const held = await acquire(flockMutex, root)

    const during = await exitCode(await locking(root, 'true'))
    await held.release()
    const after = await exitCode(await locking(root, 'true'))

    expect([during, after]).toEqual([busy, 0])
  })

  it('keeps us out while a container holds it, and is free when the container is killed', async () => {
    const root = await makeRoot()
    await (await acquire(flockMutex, root)).release()
    const container = await locking(root, 'sh', '-c', 'echo held; exec sleep 600')
    await vi.waitUntil(async () => (await container.logs({ stdout: true })).includes('held'), {
      timeout: 10_000,
    })

    const during = await flockMutex.tryAcquire(root)
    await container.kill()
    await container.wait()

    expect(during).toBeNull()
    await (await acquire(flockMutex, root)).release()
  })
})
