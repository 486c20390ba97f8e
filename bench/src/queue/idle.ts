import { setTimeout as delay } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { connectionsOf } from './connections.ts'
import type { Running } from './running.ts'

export interface Idle {
  readonly workerConnections: number
  readonly ingestConnections: number
  /** Commands that Redis did in the window, those within scripts too. */
  readonly commands: number
  /** The same by their names. */
  readonly byName: ReadonlyMap<string, number>
  /** How often Redis heard from its clients in the window: a script is one, whatever it does. */
  readonly reads: number
  /** Milliseconds of CPU that Redis used in the window. */
  readonly cpu: number
  /** Reconciles that ended in the window. */
  readonly reconciles: number
}

type Counted = Pick<Idle, 'commands' | 'byName' | 'reads' | 'cpu'>

/** Seconds; holds a whole number of reconciles, wherever it begins. */
export const windowSeconds = 60
export const reconcileSeconds = 20

/** Counts what is done while nothing happens. */
export async function measureIdle({ records, worker, ingest, redisUrl }: Running): Promise<Idle> {
  const clock = new Queue('maintenance-local', { prefix: 'slipway:{local}', connection: { url: redisUrl } })
  try {
    // Half-way between two reconciles, so that neither edge of the window cuts one.
    const [schedule] = await clock.getJobSchedulers()
    await delay((schedule?.next ?? Date.now()) - Date.now() + (reconcileSeconds * 1_000) / 2)
    const doneBefore = await clock.getCompletedCount()
    const before = await count(records)
    await delay(windowSeconds * 1_000)
    const after = await count(records)
    return {
      ...difference(before, after),
      reconciles: (await clock.getCompletedCount()) - doneBefore,
      workerConnections: await connectionsOf(worker.pid, records),
      ingestConnections: await connectionsOf(ingest.pid, records),
    }
  } finally {
    await clock.close()
  }
}

async function count(redis: Redis): Promise<Counted> {
  const info = await redis.info('all')
  const fact = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  const calls = info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
  return {
    commands: fact('total_commands_processed'),
    byName: new Map(Array.from(calls, ([, name = '', times]) => [name, Number(times)])),
    reads: fact('total_reads_processed'),
    cpu: (fact('used_cpu_user') + fact('used_cpu_sys')) * 1_000,
  }
}

// A command counts when it has ended, what was read counts at once: either way one of our own two looks is in between.
function difference(before: Counted, after: Counted): Counted {
  const own = (name: string) => (name === 'info' ? 1 : 0)
  const byName = [...after.byName].map(
    ([name, times]) => [name, times - (before.byName.get(name) ?? 0) - own(name)] as const,
  )
  return {
    commands: after.commands - before.commands - 1,
    byName: new Map(byName),
    reads: after.reads - before.reads - 1,
    cpu: after.cpu - before.cpu,
  }
}
