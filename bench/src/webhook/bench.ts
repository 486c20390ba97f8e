import { fileURLToPath } from 'node:url'
import { freePort, startIngest, startProcess, startRedis } from '@slipway/lab'
import { median, say, table } from '../figures.ts'
import { makeSites, pushBody } from '../sites.ts'
import { withMachine } from '../with-machine.ts'
import { type Answered, type Load, send } from './load.ts'

const projects = 1_000
const rounds = 3
const loads = [
  { connections: 50, amount: 6_000 },
  { connections: 1, amount: 1_500 },
]

/** Accepted pushes a second and how long one takes, against a bare route that adds one job to the same Redis. */
export function benchWebhook(): Promise<void> {
  return withMachine(async (folder, onClose) => {
    const redis = await startRedis({ say })
    onClose(redis.stop)
    const sites = await makeSites({ folder, redisUrl: redis.url, amount: projects })
    const ingest = await startIngest(sites)
    onClose(() => ingest.stop())
    const barePort = await freePort()
    const bare = await startProcess({
      name: 'bare route',
      program: process.execPath,
      args: [fileURLToPath(new URL('bare-route.ts', import.meta.url)), redis.url, String(barePort)],
      env: {},
      isReady: (line) => line.includes('"ready"'),
    })
    onClose(() => bare.stop())

    const call = { body: pushBody('site-500'), headers: sites.headers }
    for (const load of loads) {
      const floor: Answered[] = []
      const ours: Answered[] = []
      // In turns, so that whatever else the machine does meets both.
      for (let round = 0; round < rounds; round += 1) {
        floor.push(await send({ ...load, ...call, url: `http://127.0.0.1:${barePort}/` }))
        ours.push(await send({ ...load, ...call, url: sites.hookUrl }))
      }
      report(load, summary(floor), summary(ours))
    }
  })
}

function report({ connections }: Pick<Load, 'connections'>, floor: Answered, ours: Answered): void {
  const cells = (name: string, { rate, p50, p99 }: Answered) => [
    name,
    rate.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
  ]
  const ratio = (value: number, of: number) => (of === 0 ? '-' : (value / of).toFixed(2))
  say(`\n${connections} connection(s), ${projects} projects, median of ${rounds}`)
  say(
    table([
      ['', 'accepted/s', 'p50 ms', 'p99 ms'],
      cells('bare route, one queue.add', floor),
      cells('slipway ingest', ours),
      ['ratio', ratio(ours.rate, floor.rate), ratio(ours.p50, floor.p50), ratio(ours.p99, floor.p99)],
    ]),
  )
}

function summary(answers: readonly Answered[]): Answered {
  const middle = (pick: (answer: Answered) => number) => median(answers.map(pick))
  return { rate: middle(({ rate }) => rate), p50: middle(({ p50 }) => p50), p99: middle(({ p99 }) => p99) }
}
