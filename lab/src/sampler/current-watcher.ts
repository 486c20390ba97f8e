import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

export interface CurrentTask {
  readonly root: string
  readonly files: readonly string[]
  readonly countVendor: boolean
}

/** One release that `current` pointed at, from its first to its last look; the same one can come again later. */
export interface SeenTarget {
  readonly target: string
  readonly revision: string
  /** Milliseconds since 1970, with fractions. */
  readonly from: number
  readonly to: number
  readonly looks: number
}

/** A moment in which `current` was not what a visitor needs. */
export interface Gap {
  readonly at: number
  readonly why: 'missing' | 'dangling' | 'incomplete'
  readonly detail: string
}

export interface CurrentReport {
  readonly looks: number
  readonly targets: readonly SeenTarget[]
  readonly gaps: readonly Gap[]
  /** The longest time between two looks, in milliseconds: what is shorter may have gone unseen. */
  readonly longestBlind: number
}

const pauseMs = 1
const countEveryLooks = 200

if (parentPort) parentPort.postMessage(watch(parentPort, workerData))

function watch(
  port: NonNullable<typeof parentPort>,
  { task, stopFlag }: { task: CurrentTask; stopFlag: Int32Array },
): CurrentReport {
  const targets: { -readonly [Key in keyof SeenTarget]: SeenTarget[Key] }[] = []
  const gaps: Gap[] = []
  let looks = 0
  let longestBlind = 0
  let lastLook = now()
  port.postMessage('started')
  while (Atomics.load(stopFlag, 0) === 0) {
    const at = now()
    longestBlind = Math.max(longestBlind, at - lastLook)
    lastLook = at
    looks += 1
    Atomics.store(stopFlag, 1, looks)
    const seen = look(task, task.countVendor && looks % countEveryLooks === 1)
    if ('why' in seen) {
      gaps.push({ at, ...seen })
    } else {
      const last = targets.at(-1)
      if (last?.target === seen.target) {
        last.to = at
        last.looks += 1
      } else {
        targets.push({ ...seen, from: at, to: at, looks: 1 })
        const fault = task.countVendor ? vendorFault(task.root) : undefined
        if (fault) gaps.push({ at, why: 'incomplete', detail: fault })
      }
    }
    Atomics.wait(stopFlag, 0, 0, pauseMs)
  }
  return { looks, targets, gaps, longestBlind }
}

function look(
  { root, files }: CurrentTask,
  withCount: boolean,
): Omit<Gap, 'at'> | Pick<SeenTarget, 'target' | 'revision'> {
  const current = join(root, 'current')
  let target: string
  try {
    target = readlinkSync(current)
  } catch (cause) {
    return { why: 'missing', detail: String(cause) }
  }
  try {
    statSync(current)
  } catch (cause) {
    return { why: 'dangling', detail: String(cause) }
  }
  try {
    for (const file of files) {
      if (statSync(join(current, file)).size === 0) return { why: 'incomplete', detail: `${file} is empty` }
    }
    const fault = withCount ? vendorFault(root) : undefined
    if (fault) return { why: 'incomplete', detail: fault }
    return { target, revision: readRevision(current) }
  } catch (cause) {
    return { why: 'incomplete', detail: String(cause) }
  }
}

function readRevision(current: string): string {
  try {
    return readFileSync(join(current, 'REVISION'), 'utf8').trim()
  } catch {
    return ''
  }
}

function vendorFault(root: string): string | undefined {
  // Counted in the release itself: `current` may move on in the middle.
  const vendor = join(root, readlinkSync(join(root, 'current')), 'vendor')
  const wanted = Number(readFileSync(join(vendor, 'FILES'), 'utf8'))
  const found = readdirSync(vendor, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const without = found.length - 1
  return without === wanted ? undefined : `vendor holds ${without} files of ${wanted}`
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
