import { setTimeout as delay } from 'node:timers/promises'
import type { TcpProxy } from '@slipway/lab'
import type { Random } from './random.ts'
import type { Slot } from './slot.ts'
import type { World } from './world.ts'

/** How often each fault was done. */
export type FaultCounts = Record<Fault, number>

/** What can be broken, and how often compared with the others. */
const weights = {
  'kill a worker': 30,
  'stop and continue a worker': 14,
  'restart a worker in order': 6,
  'kill Redis': 8,
  'freeze Redis': 4,
  'cut workers from Redis': 5,
  'stall between workers and Redis': 4,
  'cut the registry': 6,
  'stall the registry': 4,
  'kill the registry': 4,
  'kill ingest': 5,
  'kill the engine': 2,
} as const

export type Fault = keyof typeof weights

/** Longer than a lock lasts, in milliseconds: what is stopped for so long loses its job. */
const longStop = [1_200, 5_000] as const
const shortBreak = [200, 4_000] as const

/**
 * Breaks one thing after the other, also while the last one is still broken, until the signal fires; then mends what is
 * broken.
 */
export async function torment(
  world: World,
  random: Random,
  pauses: readonly [number, number],
  signal: AbortSignal,
): Promise<FaultCounts> {
  const counts = Object.fromEntries(Object.keys(weights).map((name) => [name, 0])) as FaultCounts
  const underWay = new Set<Promise<void>>()
  while (!signal.aborted) {
    await delay(random.between(...pauses), undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    const fault = random.weighted(weights)
    counts[fault] += 1
    world.note(fault)
    const job = doFault(fault, world, random.fork(), signal).finally(() => underWay.delete(job))
    underWay.add(job)
    // One at a time of those that need their part whole.
    if (underWay.size > 2) await Promise.race(underWay)
  }
  await Promise.all(underWay)
  return counts
}

async function doFault(fault: Fault, world: World, random: Random, signal: AbortSignal): Promise<void> {
  const breakFor = (range: readonly [number, number]) =>
    delay(random.between(...range), undefined, { signal }).catch(() => {})
  const disturb = (part: string, proxy: TcpProxy, how: 'cut' | 'stall') =>
    world.exclusively(part, async () => {
      await proxy[how]()
      await breakFor(shortBreak)
      await proxy.restore()
    })
  const worker = random.pick(world.workers)
  const { redis, redisProxy, registry, registryProxy, engine, ingest } = world
  const faults: Readonly<Record<Fault, () => Promise<void>>> = {
    'kill a worker': () => again(worker, 'SIGKILL', () => breakFor([0, 1_000])),
    'restart a worker in order': () => again(worker, 'SIGTERM', async () => {}),
    'kill ingest': () => again(ingest, 'SIGKILL', () => breakFor([0, 1_000])),
    'stop and continue a worker': async () => {
      const stopped = worker.running()
      stopped?.kill('SIGSTOP')
      await breakFor(longStop)
      stopped?.kill('SIGCONT')
    },
    'kill Redis': () =>
      world.exclusively('redis', async () => {
        await redis.kill()
        await breakFor(shortBreak)
        await redis.start()
      }),
    'freeze Redis': () =>
      world.exclusively('redis', async () => {
        redis.freeze()
        await breakFor(shortBreak)
        redis.thaw()
      }),
    'cut workers from Redis': () => disturb('redis proxy', redisProxy, 'cut'),
    'stall between workers and Redis': () => disturb('redis proxy', redisProxy, 'stall'),
    'cut the registry': () => disturb('registry proxy', registryProxy, 'cut'),
    'stall the registry': () => disturb('registry proxy', registryProxy, 'stall'),
    'kill the registry': () =>
      world.exclusively('registry', async () => {
        await registry.kill()
        await breakFor([200, 2_000])
        await registry.start()
      }),
    'kill the engine': () =>
      world.exclusively('engine', async () => {
        await engine.kill()
        await breakFor([200, 1_000])
        await engine.start()
      }),
  }
  await faults[fault]()
}

async function again(slot: Slot, signal: NodeJS.Signals, pause: () => Promise<unknown>): Promise<void> {
  await slot.end(signal)
  await pause()
  await slot.start()
}
