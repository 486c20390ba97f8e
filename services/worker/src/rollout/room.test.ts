import { SlipwayError } from '@slipway/core'
import type { LayerDescriptor, RegistryClient } from '@slipway/registry'
import { describe, expect, it } from 'vitest'
import { calm, failureOf } from '../../test/failure.ts'
import { digestOf } from '../../test/project.ts'
import { earlier, openRig, type Rig, rigFloor, wanted } from '../../test/rig.ts'
import { createRoomKeeper } from './room.ts'

const root = '/srv/shop'
const engineRoot = '/var/lib/docker'
const gigabyte = 1e9
const layer = (digit: string, size: number): LayerDescriptor => {
  return { digest: digestOf(digit), size, packing: 'gzip' }
}

type Layers = Readonly<Record<string, readonly LayerDescriptor[]>>

/** A registry that has images of these layers, by digest. */
function registryOf(images: Layers): Pick<RegistryClient, 'platformManifest'> {
  return {
    async platformManifest({ reference }) {
      const layers = images[reference]
      if (!layers) throw new SlipwayError('IMAGE_NOT_FOUND', `There is no ${reference}.`)
      return { digest: reference, layers, volumes: [] }
    },
  }
}

async function open(
  free: number,
  more: { inodes?: number; live?: boolean; size?: number } = {},
): Promise<Rig> {
  const { inodes, live, size } = more
  const before = { ...earlier, ...(size ? { size: { files: 1_000, bytes: size } } : {}) }
  const rig = await openRig({ live: live || size ? before : null })
  rig.disk.engine = engineRoot
  for (const path of [root, engineRoot]) rig.disk.room.set(path, { bytes: free, inodes: inodes ?? null })
  return rig
}

async function pull(rig: Rig, images: Layers = {}): Promise<string> {
  const run = { ...rig.run, registry: { ...rig.registry, ...registryOf(images) } }
  return run.room.duringPull(run, wanted, calm, async () => 'pulled')
}

const copy = (rig: Rig) => rig.run.room.duringCopy(rig.run, calm, async () => 'copied')

describe('a pull', () => {
  it('is refused below the floor, with which disk it is and how much to free', async () => {
    const error = await failureOf(pull(await open(rigFloor - 3e8)))

    expect([error.code, error.retryable]).toEqual(['DISK_FLOOR', false])
    expect(error.message).toBe(
      'The disk of the Docker Engine (/var/lib/docker) has 700 MB free; the pull needs 1.0 GB: 1.0 GB that stay free ' +
        '(disk.floor). Free at least 300 MB.',
    )
  })

  it('needs three times its compressed layers above the floor', async () => {
    const images = { [wanted]: [layer('1', 0.4 * gigabyte), layer('2', 0.1 * gigabyte)] }

    expect(await pull(await open(rigFloor + 1.5 * gigabyte), images)).toBe('pulled')
    const error = await failureOf(pull(await open(rigFloor + 1.4 * gigabyte), images))

    expect(error.message).toContain('the pull needs 2.5 GB: 1.0 GB that stay free (disk.floor)')
    expect(error.message).toContain('1.5 GB for the image (2 layers of 500 MB, times 3 for unpacking)')
    expect(error.message).toContain('Free at least 100 MB.')
  })

  it('does not need the layers of the live image again, as long as the engine has that', async () => {
    const images = {
      [wanted]: [layer('1', 4 * gigabyte), layer('2', 0.1 * gigabyte)],
      [earlier.digest]: [layer('1', 4 * gigabyte), layer('3', 0.1 * gigabyte)],
    }
    const rig = await open(rigFloor + gigabyte, { live: true })

    expect((await failureOf(pull(rig, images))).code).toBe('DISK_FLOOR')
    rig.engine.pulled.add(earlier.digest)

    expect(await pull(rig, images)).toBe('pulled')
  })

  it('needs only the floor when the registry does not say how large the image is, and says so', async () => {
    const rig = await open(rigFloor + 1)

    expect(await pull(rig)).toBe('pulled')
    expect(rig.report.lines).toEqual([expect.stringContaining('only disk.floor is looked at: There is no')])
  })

  it('is begun whatever is left, with a floor of nothing', async () => {
    const rig = await open(0)
    const room = createRoomKeeper({ disk: rig.disk, engineDisk: rig.disk, floor: 0 })

    expect(await room.duringPull(rig.run, wanted, calm, async () => 'pulled')).toBe('pulled')
    expect(await room.duringCopy(rig.run, calm, async () => 'copied')).toBe('copied')
  })

  it('asks no registry where there is plenty of room', async () => {
    const rig = await open(1_000 * gigabyte)

    expect(await pull(rig)).toBe('pulled')
    expect(rig.report.lines).toEqual([])
  })

  it.each([
    ['an engine on another machine', (rig: Rig) => void Object.assign(rig.disk, { engine: null })],
    ['a disk that is not to be seen', (rig: Rig) => void rig.disk.room.delete(engineRoot)],
  ])('is not held up by %s', async (_what, change) => {
    const rig = await open(0)
    change(rig)

    expect(await pull(rig)).toBe('pulled')
  })

  it('is ended when the room goes while it runs', async () => {
    const rig = await open(rigFloor + gigabyte)
    const pulling = rig.run.room.duringPull(rig.run, wanted, calm, async (signal) => {
      rig.disk.room.set(engineRoot, { bytes: rigFloor - 1e8, inodes: null })
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))
    })

    const error = await failureOf(pulling)

    expect(error.code).toBe('DISK_FLOOR')
    expect(error.message).toContain('became too full during the pull, which was ended: only 900 MB were left')
  })

  it('keeps the reason of whoever stops it, and what it failed of itself', async () => {
    const rig = await open(rigFloor + gigabyte)
    const during = (work: () => Promise<void>) => rig.run.room.duringPull(rig.run, wanted, calm, work)

    await expect(during(() => Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  })
})

describe('a copy', () => {
  it.each([
    ['the floor at first', undefined, rigFloor],
    ['a part of the release before when what is alike is linked', 2 * gigabyte, rigFloor + 0.1 * gigabyte],
  ])('needs %s', async (_what, size, needed) => {
    expect(await copy(await open(needed, { ...(size ? { size } : {}) }))).toBe('copied')
    const error = await failureOf(copy(await open(needed - 1, { ...(size ? { size } : {}) })))

    expect(error.code).toBe('DISK_FLOOR')
    expect(error.message).toContain('The disk of the release root /srv/shop has')
  })

  it('needs as much as the release before when each has files of its own', async () => {
    const size = { files: 1_000, bytes: 2 * gigabyte }
    const project = { release: { root, copy: 'full' } }
    const rig = await openRig({ live: { ...earlier, size }, project })
    rig.disk.room.set(root, { bytes: rigFloor + gigabyte, inodes: null })

    const error = await failureOf(copy(rig))

    expect(error.message).toContain('2.0 GB for the release (the 2.0 GB of the one before)')
  })

  it('needs an inode for each thing that is not linked', async () => {
    const error = await failureOf(copy(await open(100 * gigabyte, { size: gigabyte, inodes: 20 })))

    expect(error.message).toBe(
      'The disk of the release root /srv/shop has 20 inodes left; the copy needs 50. Take away at least 30 files or ' +
        'folders.',
    )
  })

  it('is ended when the room goes while it runs', async () => {
    const rig = await open(rigFloor + gigabyte)
    const copying = rig.run.room.duringCopy(rig.run, calm, async (signal) => {
      rig.disk.room.set(root, { bytes: 0, inodes: null })
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))))
    })

    expect((await failureOf(copying)).message).toContain('became too full during the copy')
  })
})
