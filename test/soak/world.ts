import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  busyboxLayer,
  createProbe,
  freePort,
  openRedisServer,
  poll,
  pushImage,
  runCli,
  runLabel,
  startIngest,
  startRegistryProcess,
  startSiteServer,
  startWorker,
  sweepThisRun,
  thisRun,
} from '@slipway/lab'
import { Redis } from 'ioredis'
import { stringify } from 'yaml'
import { type Building, buildOrClose } from '../support/close-all.ts'
import { isOutcome } from '../support/outcomes.ts'
import type { Figures } from './figures.ts'
import { lookAround, pending } from './look.ts'

export interface WorldOptions {
  /** How many releases are kept. */
  readonly keep: number
  readonly say: (line: string) => void
}

/** One small site on one host, on which nothing is ever broken: what it leaves behind is what slipway leaves behind. */
export interface World {
  /** Pushes a version and waits until its deployment has ended; gives its outcome. */
  deploy(version: number, isWell: boolean): Promise<string>
  /** Goes back by the operator's command; gives the outcome. */
  rollBack(): Promise<string>
  /** Waits until nothing is under way, and counts everything. */
  figures(): Promise<Figures>
  stop(): Promise<void>
}

const settled = 300
const patience = 60_000

/** Starts everything; whatever it started is gone after `stop`, also when the start fails half-way. */
export function createWorld(options: WorldOptions): Promise<World> {
  return buildOrClose(options.say, (building) => build(options, building))
}

async function build({ keep, say }: WorldOptions, { onClose, stop }: Building): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-soak-'))
  onClose(() => rm(folder, { recursive: true, force: true }))
  onClose(sweepThisRun)
  const project = `soak-${randomBytes(3).toString('hex')}`
  const root = join(folder, 'site')
  const temporary = join(folder, 'tmp')
  for (const path of [root, temporary]) await mkdir(path)

  const redis = await openRedisServer({ settings: ['--appendfsync', 'always'] })
  onClose(redis.stop)
  await redis.start()
  const registry = await startRegistryProcess({ folder: join(folder, 'registry'), say })
  onClose(registry.stop)
  const site = await startSiteServer({ root })
  onClose(site.stop)
  const secret = randomBytes(24).toString('hex')
  await writeFile(join(folder, 'secret'), secret, { mode: 0o600 })
  const port = await freePort()
  const repository = `soak/${project}`
  const configFile = join(folder, 'slipway.yaml')
  const configuration = {
    redis: { url: redis.url },
    state_dir: join(folder, 'state'),
    ingest: {
      public: { host: '127.0.0.1', port, rate_limit: { address: 0, hook: 0 } },
      ops: { host: '127.0.0.1', port: await freePort() },
    },
    hooks: {
      registry: { source: 'acr', secret: { file: join(folder, 'secret') }, registry: registry.host },
    },
    projects: {
      [project]: {
        image: `${registry.host}/${repository}`,
        source: { path: '/var/www/app', require: ['REVISION'] },
        release: { root, keep },
        migrate: { command: ['true'], timeout: '30s' },
        check: { url: `${site.url}/health`, timeout: '2s', retries: 1, interval: '50ms' },
      },
    },
  }
  await writeFile(configFile, stringify(configuration))

  const probeOf = (name: string) => createProbe(join(folder, `${name}.jsonl`))
  const probes = { worker: probeOf('worker'), ingest: probeOf('ingest') }
  const ingest = await startIngest({ configFile, env: { ...probes.ingest.env, TMPDIR: temporary } })
  onClose(() => ingest.stop())
  const worker = await startWorker({ configFile, env: { ...probes.worker.env, TMPDIR: temporary } })
  onClose(() => worker.stop())
  const records = new Redis({ path: redis.socket })
  onClose(async () => records.disconnect())
  const busybox = await busyboxLayer({ say })

  /** The outcome of the newest deployment, which has to be another one than `before`. */
  async function ended(before: string): Promise<string> {
    const look = async () => {
      const id = await newest()
      const state = (await records.hget(`slipway:{local}:deployment:${id}`, 'state')) ?? undefined
      return id !== before && isOutcome(state) ? state : undefined
    }
    return poll(look, { what: `${project} to come to an end`, timeoutMs: patience, everyMs: 20 })
  }

  async function newest(): Promise<string> {
    return (await records.lindex(`slipway:{local}:history:${project}`, -1)) ?? ''
  }

  return {
    stop,
    async deploy(version, isWell) {
      const files = {
        'var/www/app/REVISION': `${version}\n`,
        'var/www/app/public/index.php': `<?php echo ${version};\n`,
        ...(isWell ? {} : { 'var/www/app/HEALTH': '500\n' }),
      }
      const { digest } = await pushImage({
        registry: registry.host,
        repository,
        tags: ['latest'],
        base: busybox,
        files,
        config: { Labels: { [runLabel]: thisRun } },
      })
      const before = await newest()
      const body = {
        push_data: { digest, pushed_at: '2026-11-18 10:11:45', tag: 'latest' },
        repository: { name: project, namespace: 'soak', repo_full_name: repository },
      }
      const answer = await fetch(`http://127.0.0.1:${port}/webhooks/registry?token=${secret}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      })
      const said = await answer.text()
      if (answer.status !== 202) throw new Error(`ingest answered ${answer.status}: ${said}`)
      return ended(before)
    },
    async rollBack() {
      const before = await newest()
      const { code, stdout, stderr } = await runCli(['rollback', project], { configFile })
      if (code !== 0) throw new Error(`slipway rollback ended with ${code}:\n${stdout}${stderr}`)
      return ended(before)
    },
    async figures() {
      await poll(async () => (await pending(records)) === 0, { what: 'the queue to be empty', everyMs: 20 })
      await delay(settled)
      const services = {
        worker: { process: worker, probe: probes.worker },
        ingest: { process: ingest, probe: probes.ingest },
      }
      return lookAround({ project, root, temporary, records, services })
    },
  }
}
