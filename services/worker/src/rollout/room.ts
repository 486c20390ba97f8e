import { SlipwayError } from '@slipway/core'
import type { DiskRoom, DiskSpace, EngineDisk } from '../ports/disk-space.ts'
import { imageOf } from './image-of.ts'
import type { DeployRun } from './run.ts'

export interface RoomOptions {
  readonly disk: DiskSpace
  readonly engineDisk: EngineDisk
  /** Bytes that a pull and a copy must leave free; with 0 nothing is looked at. */
  readonly floor: number
  /** Milliseconds between two looks while something is written. */
  readonly every?: number
}

/** Does work that fills a disk only where there is room for it, and ends it when the room goes. */
export interface RoomKeeper {
  /** @throws SlipwayError DISK_FLOOR before the pull, or as the reason of the signal that `work` gets */
  duringPull<T>(run: DeployRun, digest: string, signal: AbortSignal, work: Work<T>): Promise<T>
  /** The same for the copy of a source to the release root. */
  duringCopy<T>(run: DeployRun, signal: AbortSignal, work: Work<T>): Promise<T>
}

type Work<T> = (signal: AbortSignal) => Promise<T>

/** What something will take, as far as it can be known before. */
interface Need {
  readonly bytes: number
  readonly inodes: number
  /** What `bytes` are made of, for the message. */
  readonly of: string
}

/** Of a compressed layer: one for the copy that is pulled, two for what it unpacks to. */
const unpacked = 3
/** Above the floor no image is expected to need this much, and asking registries counts against their limits. */
const plenty = 20e9
/** Of the release before, when what is alike is not written again. */
const changedShare = 0.05
const defaultEvery = 2_000
const nothing: Need = { bytes: 0, inodes: 0, of: '' }

export function createRoomKeeper(options: RoomOptions): RoomKeeper {
  const { disk, engineDisk, floor } = options

  return {
    async duringPull(run, digest, signal, work) {
      const path = floor === 0 ? null : await engineDisk.path(signal)
      const room = path === null ? null : await disk.free(path)
      if (path === null || room === null) return work(signal)
      const what = `The disk of the Docker Engine (${path})`
      const need = room.bytes - floor < plenty ? await pullNeed(run, digest, signal) : nothing
      require({ what, room: { ...room, inodes: null }, need, doing: 'pull' })
      return watched({ what, path, doing: 'pull' }, signal, work)
    },

    async duringCopy(run, signal, work) {
      const { root } = run.site.config.release
      const room = floor === 0 ? null : await disk.free(root)
      if (room === null) return work(signal)
      const what = `The disk of the release root ${root}`
      require({ what, room, need: await copyNeed(run), doing: 'copy' })
      return watched({ what, path: root, doing: 'copy' }, signal, work)
    },
  }

  function require(asked: { what: string; room: DiskRoom; need: Need; doing: string }): void {
    const { what, room, need, doing } = asked
    const bytes = floor + need.bytes
    if (room.bytes < bytes) {
      const parts = need.bytes > 0 ? ` and ${formatSize(need.bytes)} for ${need.of}` : ''
      throw new SlipwayError(
        'DISK_FLOOR',
        `${what} has ${formatSize(room.bytes)} free; the ${doing} needs ${formatSize(bytes)}: ` +
          `${formatSize(floor)} that stay free (disk.floor)${parts}. ` +
          `Free at least ${formatSize(bytes - room.bytes)}.`,
      )
    }
    if (room.inodes !== null && room.inodes < need.inodes)
      throw new SlipwayError(
        'DISK_FLOOR',
        `${what} has ${room.inodes} inodes left; the ${doing} needs ${need.inodes}. ` +
          `Take away at least ${need.inodes - room.inodes} files or folders.`,
      )
  }

  async function watched<T>(
    { what, path, doing }: { what: string; path: string; doing: string },
    signal: AbortSignal,
    work: Work<T>,
  ): Promise<T> {
    const short = new AbortController()
    const look = async () => {
      const room = await disk.free(path)
      if (room === null || room.bytes >= floor) return
      const left = `only ${formatSize(room.bytes)} were left of ${formatSize(floor)} (disk.floor)`
      const advice = `Free at least ${formatSize(floor - room.bytes)}, and what the image takes`
      const message = `${what} became too full during the ${doing}, which was ended: ${left}. ${advice}.`
      short.abort(new SlipwayError('DISK_FLOOR', message))
    }
    const timer = setInterval(() => void look(), options.every ?? defaultEvery)
    try {
      return await work(AbortSignal.any([signal, short.signal]))
    } catch (error) {
      // Whatever the work made of it.
      if (short.signal.aborted && !signal.aborted) throw short.signal.reason
      throw error
    } finally {
      clearInterval(timer)
    }
  }
}

async function pullNeed(run: DeployRun, digest: string, signal: AbortSignal): Promise<Need> {
  const { site, report, engine } = run
  const wanted = await imageOf(run, digest, signal)
  if ('why' in wanted) {
    report.line(`[pull] the size of the image is not known, only disk.floor is looked at: ${wanted.why}`)
    return nothing
  }
  const { live } = await site.releases.state()
  const isThere = live !== null && (await engine.hasImage(site.config.image, live.digest, signal))
  const known = isThere ? await imageOf(run, live.digest, signal) : null
  const there = new Set(known && 'layers' in known ? known.layers.map((layer) => layer.digest) : [])
  const missing = wanted.layers.filter((layer) => !there.has(layer.digest))
  const compressed = missing.reduce((sum, { size }) => sum + size, 0)
  const of = `the image (${missing.length} layers of ${formatSize(compressed)}, times ${unpacked} for unpacking)`
  return { bytes: compressed * unpacked, inodes: 0, of }
}

/** By the release before; nothing when that is not known, since the size of an image says little about its source. */
async function copyNeed({ site }: DeployRun): Promise<Need> {
  const { live } = await site.releases.state()
  if (!live?.size) return nothing
  const share = site.config.release.copy === 'changed' ? changedShare : 1
  const part = share < 1 ? `${share * 100} % of ` : ''
  const of = `the release (${part}the ${formatSize(live.size.bytes)} of the one before)`
  return { bytes: Math.ceil(live.size.bytes * share), inodes: Math.ceil(live.size.files * share), of }
}

function formatSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return `${bytes >= 1e6 ? Math.ceil(bytes / 1e6) : (Math.ceil(bytes / 1e4) / 100).toFixed(2)} MB`
}
