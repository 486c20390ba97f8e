import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type LabProcess, poll, startIngest, startRedis, startWorker } from '@slipway/lab'
import { Redis } from 'ioredis'
import { say } from '../figures.ts'
import { makeSites, pushBody, type Sites } from '../sites.ts'
import type { Close } from '../with-machine.ts'

/** Slipway with so many sites on one host, on a Redis of its own. */
export interface Running {
  readonly sites: Sites
  readonly redisUrl: string
  readonly records: Redis
  readonly ingest: LabProcess
  readonly worker: LabProcess
}

export interface RunningOptions {
  readonly folder: string
  readonly amount: number
  /** How often the worker looks after its projects by itself. */
  readonly reconcile: string
  readonly onClose: (close: Close) => void
}

export async function startSlipway({ folder, amount, reconcile, onClose }: RunningOptions): Promise<Running> {
  const own = join(folder, `of-${amount}`)
  await mkdir(own)
  const redis = await startRedis({ say })
  onClose(redis.stop)
  // A refusing registry is no reason to wait and ask again here: each push is to come to its end at once.
  const settings = { retry: { attempts: 1 }, schedules: { reconcile: { every: reconcile } } }
  const sites = await makeSites({ folder: own, redisUrl: redis.url, amount, settings })
  const ingest = await startIngest(sites)
  onClose(() => ingest.stop())
  const worker = await startWorker(sites)
  onClose(() => worker.stop())
  const records = new Redis(redis.url)
  onClose(async () => records.disconnect())
  return { sites, redisUrl: redis.url, records, ingest, worker }
}

/** Tells ingest of a push to a site, as its registry does. */
export async function call({ hookUrl, headers }: Sites, site: string): Promise<void> {
  const answer = await fetch(hookUrl, { method: 'POST', headers, body: pushBody(site) })
  const text = await answer.text()
  if (answer.status !== 202) throw new Error(`ingest answered ${answer.status}: ${text}`)
}

/** Pushes to each site once, and waits until each push has come to its end. */
export async function pushToEach({ sites, records }: Running): Promise<void> {
  for (const site of sites.names) await call(sites, site)
  const ids = await Promise.all(
    sites.names.map((site) => records.hget(`slipway:{local}:want:${site}`, 'deployment')),
  )
  await poll(
    async () => {
      const states = await Promise.all(
        ids.map((id) => records.hget(`slipway:{local}:deployment:${id}`, 'state')),
      )
      return states.every((state) => state === 'failed')
    },
    { what: 'all pushes to have failed', timeoutMs: 180_000, everyMs: 1_000 },
  )
}
