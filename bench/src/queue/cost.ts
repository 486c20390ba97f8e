import { say, table } from '../figures.ts'
import type { Close } from '../with-machine.ts'
import { type Idle, measureIdle, reconcileSeconds, windowSeconds } from './idle.ts'
import { pushToEach, type Running, startSlipway } from './running.ts'

const few = 10
const many = 1_000
/** What many may take more than few and still count as the same. */
const noise = 1.1
/** Calls of a command in a window that many make more than few, from which on it is worth a line. */
const worthALine = 10

interface Pair {
  readonly few: Idle
  readonly many: Idle
}

/** Connections and idle commands of many projects against few; returns what is missed. */
export async function measureCost(folder: string, onClose: (close: Close) => void): Promise<string[]> {
  say(`starting ingest and a worker with ${few} projects, and again with ${many}, each on a Redis of its own`)
  const reconcile = `${reconcileSeconds}s`
  const [little, large] = [
    await startSlipway({ folder, amount: few, reconcile, onClose }),
    await startSlipway({ folder, amount: many, reconcile, onClose }),
  ]
  say(`counting for ${windowSeconds} s; nothing was ever pushed`)
  const fresh = await measureBoth(little, large)
  say(
    'pushing to each project once, over the webhook; the registry refuses connections, so that each push fails',
  )
  await Promise.all([pushToEach(little), pushToEach(large)])
  say(`counting for ${windowSeconds} s; every project was pushed once, and its deployment ended as failed`)
  const pushed = await measureBoth(little, large)
  await Promise.all([little, large].flatMap(({ worker, ingest }) => [worker.stop(), ingest.stop()]))
  report(fresh, pushed)
  return [...misses('never pushed', fresh), ...misses('pushed once', pushed)]
}

/** At the same time, so that whatever else the machine does meets both. */
async function measureBoth(little: Running, large: Running): Promise<Pair> {
  const [ofFew, ofMany] = await Promise.all([measureIdle(little), measureIdle(large)])
  return { few: ofFew, many: ofMany }
}

function misses(name: string, { few: floor, many: ours }: Pair): string[] {
  const found: string[] = []
  const miss = (why: string) => found.push(`${name}: ${why}`)
  if (ours.workerConnections > floor.workerConnections)
    miss(`the worker of ${many} projects has more connections`)
  if (ours.ingestConnections > floor.ingestConnections)
    miss(`ingest with ${many} projects has more connections`)
  if (ours.reconciles !== floor.reconciles || floor.reconciles === 0)
    miss(`${floor.reconciles} and ${ours.reconciles} reconciles: these two cannot be compared`)
  const isCheap = ours.commands <= floor.commands * noise
  if (!isCheap)
    miss(`${many} projects cost ${ratio(ours.commands, floor.commands)} times the idle commands of ${few}`)
  return found
}

function report(fresh: Pair, pushed: Pair): void {
  const row = (name: string, pick: (idle: Idle) => number, digits = 0) => [
    name,
    ...[fresh, pushed].flatMap((pair) => [
      pick(pair.few).toFixed(digits),
      pick(pair.many).toFixed(digits),
      ratio(pick(pair.many), pick(pair.few)),
    ]),
  ]
  const calls = (name: string) => (idle: Idle) => idle.byName.get(name) ?? 0
  const grows = (name: string) =>
    [fresh, pushed].some((pair) => calls(name)(pair.many) - calls(name)(pair.few) > worthALine)
  const growing = [...new Set([fresh, pushed].flatMap((pair) => [...pair.many.byName.keys()]))].filter(grows)
  say(
    `\nidle for ${windowSeconds} s, reconcile every ${reconcileSeconds} s; a ratio above ${noise} is missed`,
  )
  say(
    table([
      ['', `${few}, never pushed`, `${many}`, 'ratio', `${few}, each failed once`, `${many}`, 'ratio'],
      row('connections of the worker', ({ workerConnections }) => workerConnections),
      row('connections of ingest', ({ ingestConnections }) => ingestConnections),
      row('commands a second, in scripts too', ({ commands }) => commands / windowSeconds, 2),
      ...growing.map((name) => row(`  of these: ${name}`, (idle) => calls(name)(idle) / windowSeconds, 2)),
      row('(reads from clients a second)', ({ reads }) => reads / windowSeconds, 2),
      row('(CPU of Redis, ms a second)', ({ cpu }) => cpu / windowSeconds, 2),
      row('(reconciles in the window)', ({ reconciles }) => reconciles),
    ]),
  )
}

function ratio(value: number, of: number): string {
  return of === 0 ? '-' : (value / of).toFixed(2)
}
