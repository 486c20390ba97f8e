import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLayer, mountTmpfs, type PrivateEngine, startPrivateEngine, type Tmpfs } from '@slipway/lab'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeploymentRecord } from '../support/deployments.ts'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { noiseFiles, noiseLayer } from '../support/noise.ts'
import { rewriteConfig } from '../support/rewrite-config.ts'
import { firstInShort, inFull } from '../support/short-form.ts'
import { fillDisk, fillInodes, freeBytes, freezeFolder } from '../support/small-disk.ts'
import { untilClean, watched } from '../support/untouched.ts'
import { untilIdle } from '../support/whole-release.ts'
import { untilStopped } from '../support/worker-logs.ts'

const inodes = 400
const patience = { timeout: 20_000 }

describe('a disk that fails', () => {
  let folder = ''
  let data: Tmpfs
  let site: Tmpfs
  let engine: PrivateEngine
  let stack: FaultStack
  let version = ''
  let count = 0
  let undo: () => Promise<void> = async () => {}

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-d-'))
    data = await mountTmpfs(join(folder, 'data'), { size: '150m' })
    site = await mountTmpfs(join(folder, 'site'), { size: '12m', inodes })
    engine = await startPrivateEngine({ folder: join(folder, 'engine'), dataRoot: data.path, say: () => {} })
    stack = await startFaultStack({
      engine,
      rootOf: () => site.path,
      config: {
        // Else nothing would be begun on disks as small as these.
        disk: { floor: '0B', warn: '0%', act: '0%' },
        // A worker that is stopped for a moment keeps its job.
        worker: { lock_duration: '10s' },
        schedules: { reconcile: { every: '1s' } },
      },
    })
    await stack.deploy('shop', { version: 'v0' })
  })
  beforeEach(() => {
    count += 1
    version = `v${count}`
  })
  afterEach(mend)
  afterAll(async () => {
    await stack?.stop()
    await engine?.stop()
    await site?.unmount()
    await data?.unmount()
    await rm(folder, { recursive: true, force: true })
  })

  async function mend(): Promise<void> {
    const mending = undo
    undo = async () => {}
    await mending()
  }

  /** Deploys what cannot go live, and sees that the site does not notice. */
  async function deployInVain(push: Omit<FaultPush, 'version'> = {}): Promise<DeploymentRecord> {
    const before = await stack.current('shop')
    const { result, versions } = await watched(stack, 'shop', () =>
      stack.deploy('shop', { version, ...push }, 'failed'),
    )
    expect(versions).toEqual([before?.version])
    expect(await stack.current('shop')).toEqual(before)
    expect(result.attempts).toBe('1')
    return result
  }

  /** Lets a worker come to a step, breaks something before it does it, and sees what the visitors see. */
  async function breakAt(place: string, breaking: () => Promise<() => Promise<void>>) {
    // Whoever dies at what follows an outcome keeps the next from beginning for a while.
    await untilIdle(stack)
    await stack.killWorkers()
    const worker = await stack.startWorker({ failpoint: `${place}=stop` })
    return watched(stack, 'shop', async () => {
      const { id } = await stack.order('shop', { version })
      await untilStopped(worker)
      undo = await breaking()
      worker.kill('SIGCONT')
      return stack.untilOutcome(id)
    })
  }

  async function expectNothingLeft(): Promise<void> {
    await untilClean(stack, 'shop')
    const folders = ['.slipway', '.slipway/releases'].map((part) => readdir(join(site.path, part)))
    const names = (await Promise.all(folders)).flat()
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
  }

  async function expectNextGoesLive(): Promise<void> {
    const next = `${version}-next`
    await stack.deploy('shop', { version: next })
    expect((await stack.current('shop'))?.version).toBe(next)
    await expectNothingLeft()
  }

  describe('F21: the data root of the engine', () => {
    it('F21: is filled up by an image that is small only in the registry, and is as before after it', async () => {
      const bomb = await makeLayer([{ header: { name: 'opt/bomb' }, zeros: 200_000_000 }])
      const free = await freeBytes(data.path)

      const failed = await deployInVain({ layers: [bomb] })

      expect(failed.errorCode).toBe('DISK_FULL')
      expect(failed.why).toMatch(/The disk of the Docker Engine is full.*no space left on device/)
      await expect.poll(() => freeBytes(data.path)).toBeGreaterThan(free - 1_000_000)
      await expectNextGoesLive()
    })

    it.each(
      firstInShort<[what: string, left: number]>(1, [
        ['but for what a container needs', 70_000],
        ['but for what an image needs', 20_000],
        ['to the last byte', 0],
      ]),
    )(
      'F21: is full %s: that is told at once, and the next push goes live when there is room',
      async (_what, left) => {
        undo = await fillDisk(data.path, left)

        const failed = await deployInVain()

        expect(failed.errorCode).toBe('DISK_FULL')
        expect(failed.why).toContain('The disk of the Docker Engine is full')
        await mend()
        await expectNextGoesLive()
      },
    )
  })

  describe('F22: the disk of the releases', () => {
    it('F22: is too small for a release, which is taken away again', async () => {
      const failed = await deployInVain({ files: noiseFiles(20, 900_000) })

      expect(failed.errorCode).toBe('DISK_FULL')
      expect(failed.why).toContain(`The disk of the release root ${site.path} is full`)
      await expectNothingLeft()
      await expectNextGoesLive()
    })

    inFull('F22: has fewer inodes than a release has files', async () => {
      const failed = await deployInVain({ files: noiseFiles(inodes, 10) })

      expect(failed.errorCode).toBe('DISK_FULL')
      await expectNothingLeft()
      await expectNextGoesLive()
    })

    it.each(
      firstInShort<[what: string, fill: () => Promise<() => Promise<void>>]>(1, [
        ['inodes', () => fillInodes(site.path)],
        ['bytes', () => fillDisk(site.path)],
      ]),
    )('F22: has no %s left at all', async (_what, fill) => {
      undo = await fill()

      const failed = await deployInVain()

      expect(failed.errorCode).toBe('DISK_FULL')
      expect(failed.why).toContain(site.path)
      await expectNothingLeft()
      await mend()
      await expectNextGoesLive()
    })

    it('F22: is full when the switch is to be written down: then there is none', async () => {
      const { result, versions } = await breakAt('before:switch', () => fillDisk(site.path))

      expect(result).toMatchObject({ state: 'failed', errorCode: 'DISK_FULL' })
      expect(versions).toHaveLength(1)
      await expectNothingLeft()
      await mend()
      await expectNextGoesLive()
    })

    it('F22: is full when what is live is to be written down: it is live, and written down when there is room', async () => {
      const { result, versions } = await breakAt('before:check', () => fillDisk(site.path))

      expect(result).toMatchObject({ state: 'live-with-warnings', errorCode: 'DISK_FULL' })
      expect(versions.slice(1)).toEqual([version])
      await mend()
      await expect.poll(async () => (await stack.deployed('shop'))?.name, patience).toBe(result.release)
      await expect.poll(async () => (await stack.deployment(result.id ?? ''))?.state, patience).toBe('live')
      await expectNextGoesLive()
    })
  })

  describe('F23: the disk of the releases, for reading alone', () => {
    it('F23: is told before anything is copied', async () => {
      await expect.poll(() => remounted('ro'), patience).toBe(true)
      undo = () => site.remount('rw')

      const failed = await deployInVain()

      expect(failed.errorCode).toBe('RELEASE_STORE_FAILED')
      expect(failed.why).toContain('read-only file system')
      await mend()
      await expectNextGoesLive()
    })

    it('F23: right before the switch: then there is none', async () => {
      const { result, versions } = await breakAt('before:switch', () => freezeFolder(site.path))

      expect(result).toMatchObject({ state: 'failed', errorCode: 'RELEASE_STORE_FAILED' })
      expect(result.why).toContain('read-only file system')
      expect(versions).toHaveLength(1)
      await mend()
      await expectNextGoesLive()
    })

    inFull('F23: after the switch: what is live is written down when it can be', async () => {
      const { result, versions } = await breakAt('before:check', () => freezeFolder(site.path))

      expect(result).toMatchObject({ state: 'live-with-warnings', errorCode: 'RELEASE_STORE_FAILED' })
      expect(versions.slice(1)).toEqual([version])
      await mend()
      await expect.poll(async () => (await stack.deployed('shop'))?.name, patience).toBe(result.release)
      await expectNextGoesLive()
    })
  })

  describe('disk.floor', () => {
    async function withFloor(floor: string): Promise<void> {
      await untilIdle(stack)
      await stack.killWorkers()
      await rewriteConfig(stack.config.workerFile('local'), { disk: { floor } })
      await stack.startWorker()
    }
    beforeAll(() => withFloor('60MB'))

    it('F21: an image that would leave less than that of the data root is not pulled', async () => {
      const free = await freeBytes(data.path)
      const large = await noiseLayer(Math.round((free - 50_000_000) / 3))

      const failed = await deployInVain({ layers: [large] })

      expect(failed.errorCode).toBe('DISK_FLOOR')
      expect(failed.why).toContain(`The disk of the Docker Engine (${data.path}) has`)
      expect(failed.why).toMatch(
        /the pull needs .* 60 MB that stay free .* and .* for the image .*Free at least/,
      )
      expect(free - (await freeBytes(data.path))).toBeLessThan(1_000_000)
      await expectNothingLeft()
    })

    it('F21: a pull is ended when somebody else takes the room meanwhile, and what it wrote is gone', async () => {
      const slow = await noiseLayer(5_000_000)
      const room = await freeBytes(data.path)
      stack.proxies.registry.slow({ bytesPerSecond: 500_000 })
      undo = () => stack.proxies.registry.restore()
      const before = stack.proxies.registry.counts().bytesFromTarget
      const { id } = await stack.order('shop', { version, layers: [slow] })
      const passed = () => stack.proxies.registry.counts().bytesFromTarget - before
      await expect.poll(passed, patience).toBeGreaterThan(500_000)

      const free = await fillDisk(data.path, 30_000_000)
      const ended = await stack.untilOutcome(id, 'failed')
      await free()

      expect(ended).toMatchObject({ errorCode: 'DISK_FLOOR', attempts: '1' })
      expect(ended.why).toMatch(
        /became too full during the pull, which was ended: only 3. MB were left of 60 MB/,
      )
      await mend()
      await expect.poll(() => freeBytes(data.path), patience).toBeGreaterThan(room - 200_000)
      await expectNothingLeft()
    })

    it('F22: a source is not copied where less than that is left of the release root', async () => {
      const failed = await deployInVain()

      expect(failed.errorCode).toBe('DISK_FLOOR')
      expect(failed.why).toContain(`The disk of the release root ${site.path} has`)
      await expectNothingLeft()
      await withFloor('5MB')
      await expectNextGoesLive()
    })
  })

  /** Refused as long as a worker holds a file open, which it does until all is done that follows an outcome. */
  function remounted(how: string): Promise<boolean> {
    return site.remount(how).then(
      () => true,
      () => false,
    )
  }
})
