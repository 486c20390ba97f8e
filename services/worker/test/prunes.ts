import { type PruneRecord, pruneKinds } from '@slipway/core'

/** What a prune of web1 did that went well. */
export function pruneRecord(more: Partial<PruneRecord> = {}): PruneRecord {
  const counts = Object.fromEntries(
    pruneKinds.map((kind) => [kind, { kept: 0, deleted: kind === 'image' ? 2 : 0, failed: 0 }]),
  ) as unknown as PruneRecord['counts']
  return {
    ...{ host: 'web1', startedAt: 1_000, milliseconds: 500, cause: 'schedule', by: null, isDryRun: false },
    ...{ outcome: 'done', errorCode: null, why: null, counts, freedBytes: 1.4e9 },
    ...{ deleted: [], deletedMore: 0, kept: [], keptMore: 0, problems: [], before: [], after: [] },
    advice: null,
    ...more,
  }
}
