import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProcess, startRedis } from '@slipway/lab'
import { Redis } from 'ioredis'
import { type BenchOptions, createBars } from '../bars.ts'
import { median, say, table } from '../figures.ts'
import { makeSites } from '../sites.ts'
import { withMachine } from '../with-machine.ts'
import { createPushCalls } from './calls.ts'
import { type Answered, keepConnections, type Load, send } from './load.ts'
import { timeMatching } from './matching.ts'
import { runMemory } from './memory.ts'
import { startQuietIngest } from './quiet-ingest.ts'

const projects = 1_000
const hooks = 20
const full = { rounds: 9, many: 6_000, one: 1_500, memory: 1_000_000 }
const quick = { rounds: 1, many: 500, one: 200, memory: 20_000 }

/**
 * Accepted pushes a second and how long one takes, against a bare route that adds one job to the same Redis; what
 * finding the project of a push costs; and what becomes of the memory under many calls.
 */
export function benchWebhook(options: BenchOptions): Promise<void> {
  const size = options.quick ? quick : full
  return withMachine(async (folder, onClose) => {
    const bars = createBars(options)
    const redis = await startRedis({ say })
    onClose(redis.stop)
    const sites = await makeSites({ folder, redisUrl: redis.url, amount: projects, hooks })
    const ingest = await startQuietIngest(sites, join(folder, 'ingest.log'))
    onClose(() => ingest.stop())
    const bareUrl = await startBareRoute(redis.url, onClose)
    const records = new Redis(redis.url)
    onClose(async () => records.disconnect())

    const push = createPushCalls(sites)
    for (const { connections, amount } of [
      { connections: 50, amount: size.many },
      { connections: 1, amount: size.one },
    ]) {
      const found: Record<'floor' | 'waiting' | 'fresh', Answered[]> = { floor: [], waiting: [], fresh: [] }
      const own = (url: string, most: number, call: Load['call']) => [
        { url, connections, amount: most, call },
      ]
      // In turns, so that whatever else the machine does meets each. The first round compiles and counts for none.
      for (let round = 0; round <= size.rounds; round += 1) {
        const floor = await send(own(bareUrl, amount, () => push(500)))
        // Each project has its nudge once there were as many pushes, no worker takes it, and ingest has seen so.
        await send(own(sites.hookUrl, 2 * projects, push))
        const waiting = await send(own(sites.hookUrl, amount, push))
        // A worker took each project's nudge before, and ingest has seen so: as it is where pushes are far apart.
        await dropNudges(records)
        await send(own(sites.hookUrl, projects, push))
        const fresh: Answered[] = []
        const agent = keepConnections(connections)
        for (let left = amount; left > 0; left -= projects) {
          await dropNudges(records)
          const some = Math.min(left, projects)
          fresh.push(await send([{ url: sites.hookUrl, connections, amount: some, call: push, agent }]))
        }
        agent.destroy()
        if (round === 0) continue
        found.floor.push(floor)
        found.waiting.push(waiting)
        found.fresh.push(middleOf(fresh))
      }
      const [floor, waiting, fresh] = [found.floor, found.waiting, found.fresh].map(middleOf)
      if (!floor || !waiting || !fresh) throw new Error('nothing was measured')
      report(connections, size.rounds, { floor, waiting, fresh })
      const at = `${connections} connection(s)`
      bars.atMost(`bare rate, of pushes whose nudge waits, ${at}`, floor.rate / waiting.rate, 1.25)
      bars.atMost(`p99 of pushes whose nudge waits, of bare, ${at}`, waiting.p99 / floor.p99, 1.5)
      // Such a push is the floor itself and a write before it, and a worker would have to take as many deploys a second.
      bars.atMost(`bare rate, of pushes that need one, ${at}`, floor.rate / fresh.rate, 2)
      bars.atMost(`p99 of pushes that need one, of bare, ${at}`, fresh.p99 / floor.p99, 2)
    }

    const matching = timeMatching(10, 10_000)
    say(
      `\nfinding the project: ${matching.few.toFixed(0)} ns of 10, ${matching.many.toFixed(0)} ns of 10,000`,
    )
    bars.atMost('finding a project, of 10,000 against 10', matching.many / matching.few, 1.2)

    const { rss, heap, rate } = await runMemory(sites, ingest.pid, size.memory)
    say(
      `memory over ${size.memory} calls, ${rate.toFixed(0)}/s, a fifth of them in: most in the first half, in the second`,
    )
    say(`  RSS ${rss.before.toFixed(0)} MB, ${rss.after.toFixed(0)} MB`)
    say(`  heap in use ${heap.before.toFixed(0)} MB, ${heap.after.toFixed(0)} MB`)
    bars.atMost('RSS in the second half, of the first', rss.after / rss.before, 1.2)
    bars.report()
  })
}

async function startBareRoute(redisUrl: string, onClose: (close: () => Promise<unknown>) => void) {
  const port = await freePort()
  const bare = await startProcess({
    name: 'bare route',
    program: process.execPath,
    args: [fileURLToPath(new URL('bare-route.ts', import.meta.url)), redisUrl, String(port)],
    env: {},
    isReady: (line) => line.includes('"ready"'),
  })
  onClose(() => bare.stop())
  return `http://127.0.0.1:${port}/`
}

/** As if a worker had taken them all. */
async function dropNudges(redis: Redis): Promise<void> {
  const keys = await redis.keys('slipway:{local}:deploy-local:*')
  if (keys.length > 0) await redis.unlink(...keys)
}

function report(
  connections: number,
  rounds: number,
  { floor, waiting, fresh }: Readonly<Record<'floor' | 'waiting' | 'fresh', Answered>>,
): void {
  const cells = (name: string, { rate, p50, p99 }: Answered) => [
    name,
    rate.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
  ]
  const ratio = (name: string, ours: Answered) => [
    name,
    (ours.rate / floor.rate).toFixed(2),
    (ours.p50 / floor.p50).toFixed(2),
    (ours.p99 / floor.p99).toFixed(2),
  ]
  say(`\n${connections} connection(s), ${projects} projects, ${hooks} hooks, median of ${rounds}`)
  say(
    table([
      ['', 'accepted/s', 'p50 ms', 'p99 ms'],
      cells('bare route, one queue.add', floor),
      cells('ingest, a nudge waits already', waiting),
      cells('ingest, each push needs a nudge', fresh),
      ratio('ratio, a nudge waits already', waiting),
      ratio('ratio, each push needs a nudge', fresh),
    ]),
  )
}

function middleOf(answers: readonly Answered[]): Answered {
  const middle = (pick: (answer: Answered) => number) => median(answers.map(pick))
  return { rate: middle(({ rate }) => rate), p50: middle(({ p50 }) => p50), p99: middle(({ p99 }) => p99) }
}
