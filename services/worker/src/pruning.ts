import type { Config, ErrorCode, PruneRecord } from '@slipway/core'
import { askRedis, type PruneStore } from '@slipway/store'
import type { Logger } from 'pino'
import { createLane } from './lanes.ts'
import { pruneNotice } from './notices/prune-notice.ts'
import type { Notifier } from './ports/notifier.ts'
import type { PruneHost, PruneRequest } from './prune/prune-host.ts'

export interface PruningTools {
  readonly prune: PruneHost
  readonly store: Pick<PruneStore, 'keep'>
  readonly notifier: Pick<Notifier, 'tell'>
  readonly policy: Pick<Config['prune'], 'notify'>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** The prunes of one host, whoever asks for them: one after the other, each kept and told of. */
export interface Pruning {
  /** Resolves also when it failed: then the record says why. */
  run(request: PruneRequest, signal: AbortSignal): Promise<PruneRecord>
  readonly isUnderWay: boolean
}

/** Milliseconds; a Redis that is away must not hold up the next prune. */
const recordDeadline = 5_000

export function createPruning({ prune, store, notifier, policy, log }: PruningTools): Pruning {
  const lane = createLane()

  async function settle(record: PruneRecord): Promise<void> {
    const { cause, by, outcome, errorCode, why, counts, freedBytes, milliseconds, isDryRun } = record
    const facts = { cause, by, outcome, errorCode, why, counts, freedBytes, milliseconds }
    if (isDryRun) return log.info(facts, 'prune: planned')
    log[outcome === 'done' ? 'info' : 'warn'](facts, 'prune: ended')
    for (const problem of record.problems) log.warn(problem, 'prune: could not be deleted')
    if (isToldOf(record, policy)) notifier.tell(pruneNotice(record))
    // A disk that is full may be the one of Redis: what was freed counts for more than that it is written down.
    await askRedis(store.keep(record), recordDeadline).catch((error: unknown) =>
      log.warn({ error: String(error) }, 'prune: not recorded'),
    )
  }

  return {
    run: (request, signal) =>
      lane.through(async () => {
        const record = await prune(request, signal)
        await settle(record)
        return record
      }, signal),
    get isUnderWay() {
      return lane.isBusy
    },
  }
}

// That its worker was stopped in the middle is no matter for a person: the next one does the rest.
function isToldOf({ outcome, errorCode }: PruneRecord, { notify }: PruningTools['policy']): boolean {
  if (errorCode === ('INTERRUPTED' satisfies ErrorCode)) return false
  return outcome !== 'done' || notify === 'always'
}
