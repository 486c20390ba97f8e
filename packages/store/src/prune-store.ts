import type { PruneRecord } from '@slipway/core'
import type { RedisClient } from './connection.ts'
import { parseJson } from './deployment-record.ts'
import { keysOf } from './keys.ts'
import { limits } from './limits.ts'

/** What the prunes of one host did. Those that only planned are not among them. */
export interface PruneStore {
  /** Null when none is remembered. */
  last(): Promise<PruneRecord | null>
  /** The newest first, so many at most. */
  history(count?: number): Promise<PruneRecord[]>
  /** Keeps a record; long lists in it are cut. */
  keep(record: PruneRecord): Promise<void>
}

export function createPruneStore(redis: RedisClient, host: string): PruneStore {
  const { prunes } = keysOf(host)

  async function history(count: number = limits.prunes): Promise<PruneRecord[]> {
    const texts = await redis.lrange(prunes, 0, count - 1)
    return texts.flatMap((text) => parseJson<PruneRecord>(text) ?? [])
  }

  return {
    history,
    last: async () => (await history(1))[0] ?? null,
    async keep(record) {
      const text = JSON.stringify(cut(record))
      await redis
        .multi()
        .lpush(prunes, text)
        .ltrim(prunes, 0, limits.prunes - 1)
        .exec()
    },
  }
}

function cut(record: PruneRecord): PruneRecord {
  const { deleted, kept, problems } = record
  const most = limits.prunedItems
  const leftOut = (items: readonly unknown[]) => Math.max(0, items.length - most)
  return {
    ...record,
    deleted: deleted.slice(0, most),
    deletedMore: record.deletedMore + leftOut(deleted),
    kept: kept.slice(0, most),
    keptMore: record.keptMore + leftOut(kept),
    problems: problems.slice(0, most),
  }
}
