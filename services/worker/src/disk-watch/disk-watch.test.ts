import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DiskFigures, PruneRecord } from '@slipway/core'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { calm } from '../../test/failure.ts'
import { createManualTimer } from '../../test/fakes/manual-timer.ts'
import { createRecordingNotifier } from '../../test/fakes/recording-notifier.ts'
import { makeFolder } from '../../test/folder.ts'
import { pruneRecord } from '../../test/prunes.ts'
import type { PruneRequest } from '../prune/prune-host.ts'
import { createDiskWatch } from './disk-watch.ts'

const script = fileURLToPath(new URL('../../test/watch-small-disk.ts', import.meta.url))
const minute = 60_000

function open(more: { readonly warn?: number; readonly act?: number } = {}) {
  const timer = createManualTimer()
  const notifier = createRecordingNotifier(['disk'])
  const world = {
    /** What is free of each disk, in percent, by path. */
    free: { '/var/lib/docker': 50, '/srv/shop': 50 } as Record<string, number>,
    device: { '/var/lib/docker': 1, '/srv/shop': 2 } as Record<string, number>,
    /** What a prune brings about. */
    prune: () => {},
    record: {} as Partial<PruneRecord>,
    isUnderWay: false,
  }
  const pruned: PruneRequest[] = []
  const figuresOf = (path: string): DiskFigures => ({
    ...{ of: path.endsWith('docker') ? 'engine' : (path.split('/').at(-1) ?? ''), path },
    ...{ bytes: 100e9, freeBytes: (world.free[path] ?? 0) * 1e9, inodes: 0, freeInodes: 0 },
  })
  const watch = createDiskWatch({
    ...{ host: 'web1', notifier, timer, log: pino({ level: 'silent' }) },
    settings: { warn: 0.15, act: 0.1, every: minute, ...more },
    read: async () => Object.keys(world.free).map(figuresOf),
    deviceOf: async (path) => world.device[path] ?? null,
    pruning: {
      async run(request) {
        pruned.push(request)
        world.prune()
        return pruneRecord({ cause: 'disk', ...world.record })
      },
      get isUnderWay() {
        return world.isUnderWay
      },
    },
  })
  /** Looks after so many minutes; what was told since. */
  const look = async (after = 1) => {
    await timer.sleep(after * minute, calm)
    const before = notifier.told.length
    await watch.look(calm)
    return notifier.told.slice(before).map(({ text }) => text)
  }
  return { world, pruned, look, notifier, watch }
}

describe('the watch over the disks of a host', () => {
  it('is silent as long as there is room', async () => {
    const { look, pruned } = open()

    expect([await look(), await look()]).toEqual([[], []])
    expect(pruned).toEqual([])
  })

  it('tells of a disk that is low, with numbers, once until it has recovered', async () => {
    const { world, look, notifier } = open()

    world.free['/srv/shop'] = 14
    expect(await look()).toEqual([
      'slipway: a disk of web1 is low: the disk of the release root of shop (/srv/shop) has 14.0GB of 100GB free (14.0 %)',
    ])
    expect(notifier.told[0]).toMatchObject({ event: 'disk', project: null, host: 'web1' })
    world.free['/srv/shop'] = 16
    expect(await look()).toEqual([])
    world.free['/srv/shop'] = 14
    expect(await look()).toEqual([])
    world.free['/srv/shop'] = 40
    expect(await look()).toEqual([])
    world.free['/srv/shop'] = 14
    expect(await look()).toHaveLength(1)
  })

  it('tells of a disk once, whatever lies on it', async () => {
    const { world, look } = open()
    Object.assign(world.free, { '/var/lib/docker': 14, '/srv/shop': 14, '/srv/blog': 14 })
    Object.assign(world.device, { '/srv/shop': 1, '/srv/blog': 1 })

    const told = await look()

    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(
      /of the Docker Engine .*; it also holds the releases of shop, the releases of blog$/,
    )
  })

  it('prunes out of turn where too little is left, and is content when that helped', async () => {
    const { world, look, pruned } = open()
    world.free['/var/lib/docker'] = 9
    world.prune = () => {
      world.free['/var/lib/docker'] = 30
    }

    const told = await look()

    expect(pruned).toEqual([{ cause: 'disk', by: null, isDryRun: false }])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('is low')
    world.free['/var/lib/docker'] = 9
    await look(5)
    expect(pruned).toHaveLength(1)
    await look(6)
    expect(pruned).toHaveLength(2)
  })

  it('says once what a person could do where the policy lets too little go, and is in no hurry to try again', async () => {
    const { world, look, pruned } = open()
    world.free['/var/lib/docker'] = 5
    world.record = { advice: 'Lower `release.keep`.' }

    const told = await look()

    expect(told).toHaveLength(2)
    expect(told[1]).toBe('slipway: a disk of web1 needs a person\nLower `release.keep`.')
    for (const _ of Array.from({ length: 59 })) expect(await look()).toEqual([])
    expect(pruned).toHaveLength(1)
    expect(await look()).toEqual([])
    expect(pruned).toHaveLength(2)
    world.free['/var/lib/docker'] = 50
    await look()
    world.free['/var/lib/docker'] = 5
    expect(await look(60)).toHaveLength(2)
  })

  it('says why a prune failed, with the numbers', async () => {
    const { world, look } = open({ warn: 0.1 })
    world.free['/var/lib/docker'] = 5
    world.record = { outcome: 'failed', errorCode: 'ENGINE_UNAVAILABLE', why: 'The engine is away.' }

    const [, told] = await look()

    expect(told).toContain('The prune failed: ENGINE_UNAVAILABLE: The engine is away.\n')
    expect(told).toContain('has 5.0GB of 100GB free')
  })

  it('begins no prune while one is under way, and none where `act` is 0 %', async () => {
    const { world, look, pruned } = open()
    world.free['/var/lib/docker'] = 5
    world.isUnderWay = true
    await look()
    expect(pruned).toEqual([])
    world.isUnderWay = false
    await look()
    expect(pruned).toHaveLength(1)

    const other = open({ act: 0 })
    other.world.free['/var/lib/docker'] = 0
    expect(await other.look()).toHaveLength(1)
    expect(other.pruned).toEqual([])
  })

  it('goes on after a look that failed, until it is told to stop', async () => {
    const { world, watch, notifier } = open()
    const stop = new AbortController()
    const { free } = world
    let looks = 0
    Object.defineProperty(world, 'free', {
      get() {
        looks += 1
        if (looks === 1) throw new Error('the disk hangs')
        if (looks > 20) stop.abort()
        return { ...free, '/srv/shop': 12 }
      },
    })

    await watch.keepLooking(stop.signal)

    expect(notifier.told).toHaveLength(1)
  })

  it('does not look at all where neither is asked for', async () => {
    const { watch } = open({ warn: 0, act: 0 })

    await watch.keepLooking(calm)
  })
})

it('a real disk that fills up is told of, pruned out of turn, and told of again when that was not enough', async () => {
  const place = await makeFolder()

  // In a mount namespace of its own: the disk is gone with the process.
  const { stdout } = await promisify(execFile)('unshare', [
    ...['--mount', '--map-root-user', process.execPath, script],
    place,
  ])

  const said = JSON.parse(stdout) as {
    readonly step: string
    readonly pruned: number
    readonly told: string[]
  }[]
  expect(said.map(({ step, pruned, told }) => [step, pruned, told.length])).toEqual([
    ['empty', 0, 0],
    ['low', 0, 1],
    ['pressing', 1, 0],
    ['full of what stays', 2, 1],
    ['without inodes', 3, 2],
  ])
  expect(said[1]?.told[0]).toMatch(
    /of shop \(.*\) has 1\.\dMB of 10\.5MB free \(1\d\.\d %\), \d+ of 200 inodes free/,
  )
  expect(said[3]?.told[0]).toMatch(/needs a person/)
  expect(said[4]?.told[0]).toMatch(/, 4 of 200 inodes free \(2\.0 %\)/)
})
