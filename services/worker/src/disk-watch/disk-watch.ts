import {
  asSlipwayError,
  type Config,
  type DiskFigures,
  type DiskMemory,
  type DiskVerdict,
  describeDisk,
  freshDisk,
  judgeDisk,
  type LastAct,
  mayAct,
  type PruneRecord,
} from '@slipway/core'
import type { Logger } from 'pino'
import { fullDiskNotice, lowDiskNotice } from '../notices/disk-notice.ts'
import type { Notifier } from '../ports/notifier.ts'
import type { Timer } from '../ports/timer.ts'
import type { Pruning } from '../pruning.ts'
import { type DeviceOf, type DistinctDisk, distinctDisks } from './distinct-disks.ts'

export interface DiskWatchTools {
  readonly host: string
  readonly settings: Pick<Config['disk'], 'warn' | 'act' | 'every'>
  /** The disks that a prune can free space on. */
  readonly read: (signal: AbortSignal) => Promise<readonly DiskFigures[]>
  readonly deviceOf: DeviceOf
  readonly pruning: Pruning
  readonly notifier: Pick<Notifier, 'tell'>
  readonly timer: Timer
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** Looks after the disks of a host. */
export interface DiskWatch {
  /** Looks once: tells who has to know, and prunes out of turn where too little is left. */
  look(signal: AbortSignal): Promise<void>
  /** Looks now and then, until the signal says so. Resolves then. */
  keepLooking(signal: AbortSignal): Promise<void>
}

/** Milliseconds; a disk that hangs must not hold up what comes after. */
const lookDeadline = 30_000

export function createDiskWatch(tools: DiskWatchTools): DiskWatch {
  const { host, settings, pruning, notifier, timer, log } = tools
  const memories = new Map<string, DiskMemory>()
  let lastAct: LastAct | null = null

  async function disks(signal: AbortSignal): Promise<DistinctDisk[]> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(lookDeadline)])
    return distinctDisks(await tools.read(limited), tools.deviceOf)
  }

  /** The disks that have too little left for what comes before the next prune by the clock. */
  async function judgeAll(signal: AbortSignal): Promise<DistinctDisk[]> {
    const found = await disks(signal)
    return found.filter((disk) => {
      const verdict = judgeDisk(disk.figures, settings, memories.get(disk.key) ?? freshDisk)
      memories.set(disk.key, verdict.memory)
      tell(disk, verdict)
      return verdict.isPressing
    })
  }

  function tell({ figures, shared }: DistinctDisk, { tellsLow, isRecovered }: DiskVerdict): void {
    if (isRecovered) log.info({ disk: figures }, 'disk: it has room again')
    if (!tellsLow) return
    log.warn({ disk: figures }, 'disk: it is low')
    notifier.tell(lowDiskNotice({ host, at: timer.now(), figures, shared }))
  }

  async function act(signal: AbortSignal): Promise<void> {
    const record = await pruning.run({ cause: 'disk', by: null, isDryRun: false }, signal)
    const left = await judgeAll(signal)
    lastAct = { at: timer.now(), helped: left.length === 0 }
    for (const disk of left) advise(disk, record)
  }

  function advise({ key, figures }: DistinctDisk, { advice, errorCode, why }: PruneRecord): void {
    log.error({ disk: figures, advice }, 'disk: what policy lets go is not enough')
    const memory = memories.get(key) ?? freshDisk
    if (memory.isAdvised) return
    memories.set(key, { ...memory, isAdvised: true })
    const failed = errorCode ? [`The prune failed: ${errorCode}: ${why}`] : []
    const said = [...failed, advice ?? `${describeDisk(figures)}. ${nothingElse}`].join('\n')
    notifier.tell(fullDiskNotice({ host, at: timer.now(), figures }, said))
  }

  async function look(signal: AbortSignal): Promise<void> {
    const pressing = await judgeAll(signal)
    const [first] = pressing
    if (!first || pruning.isUnderWay || !mayAct(lastAct, timer.now())) return
    log.warn({ disk: first.figures }, `disk: a prune out of turn begins: ${describeDisk(first.figures)}`)
    await act(signal)
  }

  return {
    look,
    async keepLooking(signal) {
      if (settings.warn === 0 && settings.act === 0) return
      while (!signal.aborted) {
        await look(signal).catch((error: unknown) => {
          if (!signal.aborted)
            log.warn({ error: asSlipwayError(error).message }, 'disk: it could not be looked at')
        })
        await timer.sleep(settings.every, signal).catch(() => {})
      }
    },
  }
}

const nothingElse = 'Look for what takes the space (du), or use a bigger disk.'
