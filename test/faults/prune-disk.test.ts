import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountTmpfs, type PrivateEngine, startPrivateEngine, type Tmpfs } from '@slipway/lab'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FaultPush } from '../support/fault-images.ts'
import { type FaultStack, startFaultStack } from '../support/fault-stack.ts'
import { noiseFiles, noiseLayer } from '../support/noise.ts'
import { configurePrune, prune } from '../support/prune-calls.ts'
import { fillDisk, fillInodes, freeBytes } from '../support/small-disk.ts'
import { untilClean, watched } from '../support/untouched.ts'
import { untilIdle } from '../support/whole-release.ts'

const release = 2_000_000
const layer = 6_000_000
const policy = { min_age: '0s' }

/** Disks that releases and images have filled, as a host does that is not looked after. */
describe('a disk that is full', () => {
  let folder = ''
  let data: Tmpfs
  let site: Tmpfs
  let engine: PrivateEngine
  let stack: FaultStack
  let count = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-p-'))
    data = await mountTmpfs(join(folder, 'data'), { size: '90m' })
    site = await mountTmpfs(join(folder, 'site'), { size: '16m', inodes: 400 })
    engine = await startPrivateEngine({ folder: join(folder, 'engine'), dataRoot: data.path, say: () => {} })
    stack = await startFaultStack({
      engine,
      rootOf: () => site.path,
      projects: { shop: { release: { keep: 9 } } },
      config: {
        // Else nothing would be begun on disks as small as these, and pruned before a test asks for it.
        disk: { floor: '0B', warn: '0%', act: '0%' },
        prune: policy,
        schedules: { reconcile: { every: '1h' } },
      },
    })
  })
  // What fills a disk is what was deployed before, and stays as long as nobody prunes.
  beforeEach(() => keep(9))
  afterAll(async () => {
    await stack?.stop()
    await engine?.stop()
    await site?.unmount()
    await data?.unmount()
    await rm(folder, { recursive: true, force: true })
  })

  async function keep(releases: number): Promise<void> {
    await untilIdle(stack)
    await stack.killWorkers()
    await configurePrune(stack, { keep: releases, prune: policy })
    await stack.startWorker()
  }

  async function push(): Promise<FaultPush> {
    count += 1
    return { version: `v${count}`, files: noiseFiles(1, release), layers: [await noiseLayer(layer)] }
  }

  async function fill(deploys: number): Promise<void> {
    for (let made = 0; made < deploys; made += 1) await stack.deploy('shop', await push())
  }

  /** What cannot go live does not touch what is, and the next prune makes room for it. */
  async function failThenRecover(why: RegExp, where: string, wanted: FaultPush) {
    const live = await stack.current('shop')
    const failed = await watched(stack, 'shop', () => stack.deploy('shop', wanted, 'failed'))
    expect(failed.result).toMatchObject({ errorCode: 'DISK_FULL' })
    expect(failed.result.why).toMatch(why)
    expect(failed.versions).toEqual([live?.version])
    await untilClean(stack, 'shop')
    const before = await freeBytes(where)

    await keep(2)
    const { result: report, versions } = await watched(stack, 'shop', () => prune(stack))

    expect(report).toMatchObject({ outcome: 'done', problems: [] })
    expect(versions).toEqual([live?.version])
    expect(await stack.current('shop')).toEqual(live)
    const freed = (await freeBytes(where)) - before
    await stack.deploy('shop', { ...wanted, version: `${wanted.version} again` })
    expect((await stack.current('shop'))?.version).toBe(`${wanted.version} again`)
    return { report, freed }
  }

  it('in the pull: says so, and a prune makes room for the next', async () => {
    await fill(4)
    const unfill = await fillDisk(data.path, 8_000_000)

    const { report, freed } = await failThenRecover(
      /The disk of the Docker Engine is full.*no space left on device/,
      data.path,
      await push(),
    )

    expect(report.counts).toMatchObject({ release: { deleted: 2 }, image: { deleted: 2 } })
    expect(freed).toBeGreaterThan(2 * layer)
    // What the record says of the disk is what the disk says.
    const engineDisk = (all: typeof report.before) => all.find(({ of }) => of === 'engine')?.freeBytes ?? 0
    expect(Math.abs(engineDisk(report.after) - engineDisk(report.before) - freed)).toBeLessThan(2_000_000)
    await unfill()
  })

  it('in the copy: says which disk, and a prune makes room for the next', async () => {
    await fill(2)
    const unfill = await fillDisk(site.path, release / 2)

    const { report, freed } = await failThenRecover(
      new RegExp(`The disk of the release root ${site.path} is full`),
      site.path,
      await push(),
    )

    expect(report.counts.release?.deleted).toBeGreaterThanOrEqual(2)
    expect(freed).toBeGreaterThan(2 * release)
    await unfill()
  })

  it('in the prune: that frees the releases, says what stands in its way, and the next one does the rest', async () => {
    await fill(2)
    const live = await stack.current('shop')
    await keep(2)
    const unfill = [await fillDisk(data.path), await fillDisk(site.path), await fillInodes(site.path)]

    const first = await watched(stack, 'shop', () => prune(stack))
    await unfill[0]?.()
    unfill[0] = await fillDisk(data.path, 100_000)
    const second = await watched(stack, 'shop', () => prune(stack))

    expect([first.versions, second.versions]).toEqual([[live?.version], [live?.version]])
    expect(first.result.counts.release).toMatchObject({ failed: 0, deleted: 2 })
    expect(first.result.outcome).toBe('problems')
    for (const { kind, why } of first.result.problems) {
      expect(kind).toBe('image')
      expect(why).toMatch(/The disk of the Docker Engine is full.*free some 100 KB there by hand/)
    }
    expect(second.result).toMatchObject({ outcome: 'done', problems: [] })
    expect(first.result.counts.image?.failed).toBe(2)
    expect(second.result.counts.image?.deleted).toBe(2)
    for (const free of unfill.reverse()) await free()
    await fill(1)
    expect(await stack.cli('verify', 'shop')).toMatchObject({ code: 0 })
  })
})
