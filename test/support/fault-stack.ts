import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CliResult,
  freePort,
  openRedisServer,
  type PrivateEngine,
  poll,
  type RedisServer,
  type RegistryProcess,
  runCli,
  startPrivateEngine,
  startRegistryProcess,
  startTcpProxy,
  steadyPort,
  type TcpProxy,
} from '@slipway/lab'
import type { Redis } from 'ioredis'
import { type Announced, announceAsAcr, announceAsDistribution } from './announce.ts'
import type { DeploymentRecord } from './deployments.ts'
import { type FaultConfig, type Settings, writeFaultConfig } from './fault-config.ts'
import { type ContainerLine, containersOf, leaveEngine } from './fault-engines.ts'
import { type FaultPush, type Pushed, pushVersion } from './fault-images.ts'
import { type FaultRecords, isEnded, openFaultRecords } from './fault-records.ts'
import { type FaultServices, openFaultServices } from './fault-services.ts'
import { type FaultSites, openFaultSites } from './fault-sites.ts'

export interface FaultStackOptions {
  /** By name, what a project has beyond, or in place of, what the stack gives it. Default: one, `shop`. */
  readonly projects?: Readonly<Record<string, Settings>>
  /** Default: `local`. Each has release roots of its own; they share an engine unless `engines` says otherwise. */
  readonly hosts?: readonly string[]
  /** What the whole configuration has beyond, or in place of, what the stack gives it. */
  readonly config?: Settings
  /** One that several stacks share, which outlives them. Default: one of its own. */
  readonly engine?: PrivateEngine
  /** Engines of single hosts, which outlive the stack too. */
  readonly engines?: Readonly<Record<string, PrivateEngine>>
  /** How many workers each host begins with. Default: 1. */
  readonly workers?: number
  /** Further arguments of redis-server, and where it keeps its data, such as a small disk. */
  readonly redis?: { readonly settings?: readonly string[]; readonly folder?: string }
  /** True when the registry itself calls the webhook for each push. Default: only `announce` does. */
  readonly notify?: boolean
  /** The release root of a project on a host, such as a small disk. Default: below the stack's folder. */
  readonly rootOf?: (project: string, host: string) => string
}

export interface AnnounceOptions {
  /** Who tells of it. Default: distribution. */
  readonly as?: 'distribution' | 'acr'
}

/** A push that was accepted. */
export interface Ordered extends Pushed {
  /** Of the deployment on the first host. */
  readonly id: string
  readonly seq: number
}

/** The whole system on parts that can be killed, frozen, cut off, filled up and emptied. */
export interface FaultStack
  extends Omit<FaultSites, 'all'>,
    Omit<FaultRecords, 'redis' | 'close' | 'list' | 'find' | 'key'>,
    FaultServices {
  readonly folder: string
  readonly config: FaultConfig
  readonly ingestUrl: string
  readonly opsUrl: string
  readonly engine: PrivateEngine
  readonly registry: RegistryProcess
  readonly redisServer: RedisServer
  /** Straight to Redis, past every proxy. */
  readonly redis: Redis
  readonly proxies: {
    /** Between everybody who pulls or asks, and the registry; `push` goes past it. */
    readonly registry: TcpProxy
    /** Between ingest and Redis. */
    readonly ingest: TcpProxy
    /** Between all workers and Redis. */
    readonly workers: TcpProxy
  }
  /** The name of a key in Redis: `key('want:shop')`. */
  key(rest: string, host?: string): string
  /** Brings a version to the registry. */
  push(project: string, push: FaultPush): Promise<Pushed>
  /** Posts the webhook; any status is an answer. */
  announce(project: string, digest: string, tag?: string, options?: AnnounceOptions): Promise<Announced>
  /** Pushes and announces; throws unless it is accepted. */
  order(project: string, push: FaultPush): Promise<Ordered>
  /** The same, and waits for the end; throws when it is another one than the one that is expected. */
  deploy(project: string, push: FaultPush, expected?: string): Promise<DeploymentRecord>
  deployment(id: string): Promise<DeploymentRecord | undefined>
  /** All of a project, newest first. */
  deployments(project: string, host?: string): Promise<DeploymentRecord[]>
  /** Waits until every deployment of every project has ended. */
  untilQuiet(timeoutMs?: number): Promise<void>
  /** What slipway has on the engine for a project, running or not. */
  containers(project: string, host?: string): Promise<ContainerLine[]>
  /** Runs the operator's command. */
  cli(...args: readonly string[]): Promise<CliResult>
  /** Ends everything and leaves nothing behind, however broken it is by then. */
  stop(): Promise<void>
}

type OnClose = (close: () => Promise<unknown>) => void

const say = () => {}
const patience = 60_000

/** Starts everything; whatever it started is gone after `stop`, also when the start fails half-way. */
export async function startFaultStack(options: FaultStackOptions = {}): Promise<FaultStack> {
  const closers: (() => Promise<unknown>)[] = []
  async function stop(): Promise<void> {
    const failures: unknown[] = []
    // One that cannot be ended must not keep the others up.
    for (const close of closers.splice(0).reverse()) {
      await close().catch((cause: unknown) => failures.push(cause))
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `not all could be ended: ${failures.join('; ')}`)
  }
  try {
    return await start(options, (close) => closers.push(close), stop)
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function start(
  options: FaultStackOptions,
  onClose: OnClose,
  stop: () => Promise<void>,
): Promise<FaultStack> {
  const { projects = { shop: {} }, hosts = ['local'], config = {}, workers = 1 } = options
  const [host = 'local'] = hosts
  // Short on purpose: the path of a Unix socket has an end.
  const folder = await mkdtemp(join(tmpdir(), 'slipway-f-'))
  onClose(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)

  const engine = options.engine ?? (await startPrivateEngine({ folder: join(folder, 'engine'), say }))
  const engineOf = (name: string) => options.engines?.[name] ?? engine
  if (!options.engine) onClose(engine.stop)
  for (const used of new Set(hosts.map(engineOf))) {
    if (used !== engine || options.engine) onClose(() => leaveEngine(used, Object.keys(projects)))
  }

  const redisServer = await openRedisServer({ folder: join(folder, 'redis'), ...options.redis })
  onClose(redisServer.stop)
  await redisServer.start()
  const records = openFaultRecords(redisServer.socket, hosts)
  onClose(async () => records.close())
  const registryPort = await steadyPort()
  const proxies = {
    ingest: await startTcpProxy({ target: redisServer }),
    workers: await startTcpProxy({ target: redisServer }),
    registry: await startTcpProxy({ target: { port: registryPort } }),
  }
  for (const proxy of Object.values(proxies)) onClose(proxy.stop)

  const rootOf = options.rootOf ?? ((project, on) => join(folder, 'sites', on, project))
  const sites = await openFaultSites({ projects: Object.keys(projects), hosts, rootOf, onClose })
  const [publicPort, opsPort] = [await steadyPort(), await freePort()]
  const ingestUrl = `http://127.0.0.1:${publicPort}`
  const written = await writeFaultConfig({
    folder,
    hosts,
    projects,
    sites: sites.all,
    config,
    registry: proxies.registry.address,
    redis: { ingest: `redis://${proxies.ingest.address}`, workers: `redis://${proxies.workers.address}` },
    publicPort,
    opsPort,
  })
  const headers = { Authorization: `Bearer ${written.hookSecret}` }
  const registry = await startRegistryProcess({
    folder: join(folder, 'registry'),
    port: registryPort,
    notifications: options.notify ? [{ url: `${ingestUrl}/webhooks/registry`, headers }] : [],
    say,
  })
  onClose(registry.stop)
  const dockerHostOf = (name: string) => engineOf(name).host
  const services = await openFaultServices({ config: written, host, dockerHostOf }, onClose)
  const starts = hosts.flatMap((name) => Array.from({ length: workers }, () => ({ host: name })))
  // All of them, so that one that fails leaves none behind that was still starting.
  for (const started of await Promise.allSettled(starts.map((at) => services.startWorker(at)))) {
    if (started.status === 'rejected') throw started.reason
  }

  const push = (project: string, version: FaultPush) =>
    pushVersion(
      { registry: registry.host, repository: `acme/${project}` },
      version,
      projects[project]?.migrate !== undefined,
    )

  async function announce(
    project: string,
    digest: string,
    tag = 'latest',
    { as = 'distribution' }: AnnounceOptions = {},
  ): Promise<Announced> {
    const call = as === 'acr' ? announceAsAcr : announceAsDistribution
    const announcement = { registry: proxies.registry.address, repository: `acme/${project}`, tag, digest }
    return call(ingestUrl, written.hookSecret, announcement)
  }

  async function order(project: string, version: FaultPush): Promise<Ordered> {
    const pushed = await push(project, version)
    const answer = await announce(project, pushed.digest, pushed.tag)
    const accepted = answer.deployments.find((one) => one.project === project && one.host === host)
    if (!accepted) throw new Error(`${version.version} was not accepted: ${JSON.stringify(answer)}`)
    return { ...pushed, id: accepted.id, seq: accepted.seq }
  }

  const deployments = (project: string, on = host) => records.list(project, on)

  return {
    ...sites,
    ...records,
    ...services,
    folder,
    config: written,
    ingestUrl,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    engine,
    registry,
    redisServer,
    proxies,
    key: (rest, on = host) => records.key(on, rest),
    push,
    announce,
    order,
    async deploy(project, version, expected = 'live') {
      const { id } = await order(project, version)
      return records.untilOutcome(id, expected)
    },
    deployment: records.find,
    deployments,
    untilQuiet: async (timeoutMs = patience) =>
      void (await poll(
        async () => {
          const all = await Promise.all(
            hosts.flatMap((on) => Object.keys(projects).map((project) => deployments(project, on))),
          )
          return all.flat().every(isEnded)
        },
        { what: 'all deployments to end', timeoutMs },
      )),
    containers: (project, on = host) => containersOf(engineOf(on), project),
    cli: (...args) => runCli(args, { configFile: written.ingestFile }),
    stop,
  }
}
