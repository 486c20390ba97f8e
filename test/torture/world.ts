import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  busyboxLayer,
  freePort,
  mountTmpfs,
  openRedisServer,
  type PrivateEngine,
  pushImage,
  type RedisServer,
  type RegistryProcess,
  startIngest,
  startPrivateEngine,
  startRegistryProcess,
  startSiteServer,
  startTcpProxy,
  startWorker,
  type TcpProxy,
} from '@slipway/lab'
import { Redis } from 'ioredis'
import { stringify } from 'yaml'
import { type Building, buildOrClose } from '../support/close-all.ts'
import { type EventLog, monotonic } from './events.ts'
import type { EndRecord } from './oracles.ts'
import { createSlot, type Slot } from './slot.ts'

export interface WorldOptions {
  readonly projects: number
  readonly workers: number
  readonly log: EventLog
  readonly say: (line: string) => void
}

/** Several projects on one host, with everything that they need, all of which can be broken. */
export interface World {
  /** Names and release roots. */
  readonly projects: ReadonlyMap<string, string>
  readonly workers: readonly [Slot, ...Slot[]]
  readonly ingest: Slot
  readonly redis: RedisServer
  /** Between the workers and Redis. */
  readonly redisProxy: TcpProxy
  readonly registry: RegistryProcess
  /** Between everybody and the registry. */
  readonly registryProxy: TcpProxy
  readonly engine: PrivateEngine
  /** Writes down what is broken now. */
  note(what: string): void
  /** Does work that needs a part for itself, one after the other. */
  exclusively(part: string, work: () => Promise<void>): Promise<void>
  /** Gives the registry the n-th version of a project under the tag that it follows; resolves with its digest. */
  push(project: string, push: number): Promise<string>
  /** Tells ingest; true when it was accepted. */
  announce(project: string, digest: string, push: number): Promise<boolean>
  /** Which push of a project is live, read from the disk; null when none is. */
  livePush(project: string): Promise<number | null>
  /** What Redis says about every deployment, by its id. */
  records(): Promise<Map<string, EndRecord>>
  stop(): Promise<void>
}

const host = 'local'
const migrationSeconds = '0.2'

/** Starts everything; whatever it started is gone after `stop`, also when the start fails half-way. */
export function createWorld(options: WorldOptions): Promise<World> {
  return buildOrClose(options.say, (building) => build(options, building))
}

async function build(
  { projects: count, workers: workerCount, log, say }: WorldOptions,
  { onClose, stop }: Building,
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-t-'))
  onClose(() => rm(folder, { recursive: true, force: true }))
  // Each deploy brings its file system to the disk: one in memory leaves the disk of the machine out of the game.
  const disk = await mountTmpfs(join(folder, 'sites'), { size: '512m' })
  onClose(disk.unmount)

  const redis = await openRedisServer({ settings: ['--appendfsync', 'always'] })
  onClose(redis.stop)
  await redis.start()
  const redisProxy = await startTcpProxy({ target: { socket: redis.socket } })
  onClose(redisProxy.stop)
  const registry = await startRegistryProcess({ folder: join(folder, 'registry'), say })
  onClose(registry.stop)
  const registryProxy = await startTcpProxy({ target: { port: registry.port } })
  onClose(registryProxy.stop)
  const engine = await startPrivateEngine({ folder: join(folder, 'e'), say })
  onClose(engine.stop)

  const projects = new Map(
    Array.from({ length: count }, (_, at) => [`site-${at + 1}`, join(disk.path, `site-${at + 1}`)]),
  )
  const checks = new Map<string, string>()
  for (const [project, root] of projects) {
    await mkdir(root)
    const site = await startSiteServer({ root })
    onClose(site.stop)
    checks.set(project, `${site.url}/health`)
  }
  const secret = randomBytes(24).toString('hex')
  await writeFile(join(folder, 'secret'), secret, { mode: 0o600 })
  const port = await freePort()
  const common = {
    state_dir: join(folder, 'state'),
    ingest: {
      // All pushes come from one address, far more often than registries call.
      public: { host: '127.0.0.1', port, rate_limit: { address: 0, hook: 0 } },
      ops: { host: '127.0.0.1', port: await freePort() },
    },
    worker: { lock_duration: '1500ms', stalled_interval: '500ms', shutdown_timeout: '5s', concurrency: 3 },
    // The disk in memory is smaller than the floor.
    disk: { floor: '0B', warn: '0%', act: '0%' },
    // What is away comes back: nothing is given up in here.
    retry: { attempts: 100, delay: '300ms' },
    hooks: {
      registry: { source: 'acr', secret: { file: join(folder, 'secret') }, registry: registryProxy.address },
    },
    schedules: { reconcile: { every: '5s' } },
    projects: Object.fromEntries(
      [...projects].map(([project, root], at) => [
        project,
        projectConfig(project, root, at, registryProxy, checks),
      ]),
    ),
  }
  const ingestFile = join(folder, 'ingest.yaml')
  const workerFile = join(folder, 'worker.yaml')
  await writeFile(ingestFile, stringify({ ...common, redis: { url: redis.url } }))
  await writeFile(workerFile, stringify({ ...common, redis: { url: `redis://${redisProxy.address}` } }))

  const gone = (worker: string) => log.add({ at: monotonic(), kind: 'gone', worker })
  const ingest = createSlot(
    'ingest',
    () => startIngest({ configFile: ingestFile }),
    () => {},
  )
  const workers = Array.from({ length: workerCount }, (_, at) =>
    createSlot(
      `worker-${at + 1}`,
      () =>
        startWorker({
          host,
          configFile: workerFile,
          env: { DOCKER_HOST: engine.host },
          readyTimeoutMs: 20_000,
        }),
      gone,
    ),
  )
  for (const slot of [ingest, ...workers]) {
    await slot.start()
    onClose(() => slot.end('SIGKILL'))
  }
  const [first, ...others] = workers
  if (!first) throw new Error('there has to be a worker')

  const busybox = await busyboxLayer({ say })
  const pushOf = new Map<string, Map<string, number>>()
  const parts = new Map<string, Promise<void>>()
  const reader = new Redis({ path: redis.socket, maxRetriesPerRequest: null })
  reader.on('error', () => {})
  onClose(async () => reader.disconnect())

  return {
    projects,
    workers: [first, ...others],
    ingest,
    redis,
    redisProxy,
    registry,
    registryProxy,
    engine,
    stop,
    note: (what) => log.add({ at: monotonic(), kind: 'fault', what }),
    async exclusively(part, work) {
      const before = parts.get(part) ?? Promise.resolve()
      const mine = before.then(work)
      parts.set(
        part,
        mine.catch(() => {}),
      )
      await mine
    },
    async push(project, push) {
      const files = {
        'var/www/app/REVISION': `${push}\n`,
        'var/www/app/public/index.php': `<?php echo ${push};\n`,
      }
      const { digest } = await pushImage({
        registry: registry.host,
        repository: `acme/${project}`,
        tags: ['latest'],
        files,
        base: busybox,
      })
      const known = pushOf.get(project) ?? new Map<string, number>()
      pushOf.set(project, known.set(digest, push))
      return digest
    },
    async announce(project, digest, push) {
      const body = JSON.stringify({
        push_data: { digest, pushed_at: '2026-11-18 10:11:45', tag: 'latest' },
        repository: {
          date_created: '2026-11-18 10:11:45',
          name: project,
          namespace: 'acme',
          region: 'cn-hangzhou',
          repo_authentication_type: 'NO_CERTIFIED',
          repo_full_name: `acme/${project}`,
          repo_origin_type: 'NO_CERTIFIED',
          repo_type: 'PRIVATE',
        },
      })
      const url = `http://127.0.0.1:${port}/webhooks/registry?token=${secret}`
      const answer = await call(url, body)
      const [accepted] = answer?.status === 202 ? answer.deployments : []
      if (!accepted) return false
      const { id, seq } = accepted
      log.add({ at: monotonic(), kind: 'accepted', project, deployment: id, seq, push })
      return true
    },
    async livePush(project) {
      const target = await readlink(join(projects.get(project) ?? '', 'current')).catch(() => null)
      const digest12 = /^releases\/\d+-([0-9a-f]{12})-/.exec(target ?? '')?.[1]
      const found = [...(pushOf.get(project) ?? [])].find(([digest]) =>
        digest.startsWith(`sha256:${digest12}`),
      )
      return found?.[1] ?? null
    },
    async records() {
      const records = new Map<string, EndRecord>()
      const prefix = `slipway:{${host}}:deployment:`
      for (const key of await reader.keys(`${prefix}*`)) {
        const { state = '', seq, supersededBy = '', errorCode = '' } = await reader.hgetall(key)
        const deployment = key.slice(prefix.length)
        records.set(deployment, { deployment, state, seq: Number(seq), supersededBy, errorCode })
      }
      return records
    },
  }
}

/** Every second project has a migration, which may outlive its worker. */
function projectConfig(
  project: string,
  root: string,
  at: number,
  registry: TcpProxy,
  checks: ReadonlyMap<string, string>,
): object {
  return {
    image: `${registry.address}/acme/${project}`,
    source: { path: '/var/www/app', require: ['REVISION'] },
    release: { root, keep: 3 },
    check: { url: checks.get(project), timeout: '2s', retries: 5, interval: '100ms' },
    ...(at % 2 === 0 ? { migrate: { command: ['sleep', migrationSeconds], timeout: '10s' } } : {}),
    timeouts: { resolve: '10s', pull: '20s', pull_inactivity: '3s' },
  }
}

interface Answer {
  readonly status: number
  readonly deployments: readonly { readonly id: string; readonly seq: number }[]
}

async function call(url: string, body: string): Promise<Answer | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(5_000),
    })
    const { deployments = [] } = (await response.json()) as Partial<Answer>
    return { status: response.status, deployments }
  } catch {
    return null
  }
}
