import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startIngest, startProcess, startRedis } from '@slipway/lab'
import { stringify } from 'yaml'
import { median, say, table } from '../figures.ts'
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
    const secret = randomBytes(24).toString('hex')
    const [port, opsPort, barePort] = [await freePort(), await freePort(), await freePort()]
    const configFile = join(folder, 'slipway.yaml')
    await writeFile(join(folder, 'secret'), secret, { mode: 0o600 })
    await writeFile(configFile, stringify(configuration(redis.url, folder, port, opsPort)))
    const ingest = await startIngest({ configFile })
    onClose(() => ingest.stop())
    const bare = await startProcess({
      name: 'bare route',
      program: process.execPath,
      args: [fileURLToPath(new URL('bare-route.ts', import.meta.url)), redis.url, String(barePort)],
      env: {},
      isReady: (line) => line.includes('"ready"'),
    })
    onClose(() => bare.stop())

    const call = { body: pushBody(), headers: headersOf(secret) }
    for (const load of loads) {
      const floor: Answered[] = []
      const ours: Answered[] = []
      // In turns, so that whatever else the machine does meets both.
      for (let round = 0; round < rounds; round += 1) {
        floor.push(await send({ ...load, ...call, url: `http://127.0.0.1:${barePort}/` }))
        ours.push(await send({ ...load, ...call, url: `http://127.0.0.1:${port}/webhooks/registry` }))
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

function configuration(redisUrl: string, folder: string, port: number, opsPort: number): object {
  const entries = Array.from({ length: projects }, (_, index) => [
    `site-${index}`,
    {
      image: `127.0.0.1:5000/acme/site-${index}`,
      source: { path: '/app' },
      release: { root: join(folder, `site-${index}`) },
    },
  ])
  return {
    redis: { url: redisUrl },
    state_dir: join(folder, 'state'),
    ingest: { public: { host: '127.0.0.1', port }, ops: { host: '127.0.0.1', port: opsPort } },
    hooks: {
      registry: {
        source: 'distribution',
        auth: { type: 'static-header', header: 'Authorization', prefix: 'Bearer ' },
        secret: { file: join(folder, 'secret') },
      },
    },
    projects: Object.fromEntries(entries),
  }
}

function headersOf(secret: string): Record<string, string> {
  return {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/vnd.docker.distribution.events.v2+json',
  }
}

function pushBody(): string {
  const digest = `sha256:${'ab'.repeat(32)}`
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1_573,
    length: 1_573,
    repository: 'acme/site-500',
    url: `http://127.0.0.1:5000/v2/acme/site-500/manifests/${digest}`,
    tag: 'latest',
  }
  const request = {
    id: 'b3da2209',
    addr: '127.0.0.1:51422',
    host: '127.0.0.1:5000',
    method: 'PUT',
    useragent: 'docker',
  }
  const event = {
    id: 'abb4fd53',
    timestamp: '2026-11-18T02:11:45Z',
    action: 'push',
    target,
    request,
    actor: { name: 'ci' },
  }
  return JSON.stringify({ events: [event] })
}
