import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  freePort,
  type LabProcess,
  type LabRedis,
  type LabRegistry,
  type PhpSite,
  startIngest,
  startPhpSite,
  startRedis,
  startRegistry,
  startWorker,
  sweepThisRun,
} from '@slipway/lab'
import { stringify } from 'yaml'
import { type Deployments, openDeployments } from './deployments.ts'

/** The whole system with real parts around it, as the tests from outside see it. */
export interface Stack {
  readonly folder: string
  readonly root: string
  readonly repository: string
  readonly hookUrl: string
  readonly hookSecret: string
  readonly opsUrl: string
  /** Logs an operator in. */
  readonly opsToken: string
  readonly user: { readonly username: string; readonly password: string }
  readonly registry: LabRegistry
  readonly site: PhpSite
  readonly redis: LabRedis
  readonly configFile: string
  readonly deployments: Deployments
  readonly ingest: LabProcess
  /** The worker that runs now. */
  worker(): LabProcess
  /** Starts a worker in the place of one that has ended. */
  startWorker(env?: Readonly<Record<string, string>>): Promise<LabProcess>
  stop(): Promise<void>
}

export interface StackOptions {
  /** What the project's configuration has beyond, or in place of, what the stack gives it. */
  readonly project?: Readonly<Record<string, unknown>>
}

const say = () => {}

/** Starts everything; whatever it started is gone after `stop`, also when the start fails half-way. */
export async function startStack({ project = {} }: StackOptions = {}): Promise<Stack> {
  const closers: (() => Promise<unknown>)[] = []
  async function stop(): Promise<void> {
    for (const close of closers.reverse()) await close()
  }
  try {
    return await start(project, closers, stop)
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function start(
  project: Readonly<Record<string, unknown>>,
  closers: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  closers.push(() => rm(folder, { recursive: true, force: true }), sweepThisRun)
  // php-fpm and nginx look into the release root as another user.
  await chmod(folder, 0o755)
  const secrets = join(folder, 'secrets')
  await mkdir(secrets, { mode: 0o700 })
  const root = join(folder, 'site')
  const user = { username: 'shop', password: randomBytes(18).toString('hex') }
  const hookSecret = randomBytes(24).toString('hex')
  const [publicPort, opsPort] = [await freePort(), await freePort()]
  const opsToken = randomBytes(24).toString('hex')
  const hookUrl = `http://127.0.0.1:${publicPort}/webhooks/registry`

  const redis = await startRedis({ say })
  closers.push(redis.stop)
  const notifications = [{ url: hookUrl, headers: { Authorization: `Bearer ${hookSecret}` } }]
  const registry = await startRegistry({ say, user, notifications })
  closers.push(registry.stop)
  const site = await startPhpSite({ say, root, secretsDir: secrets })
  closers.push(site.stop)

  const repository = `${registry.host}/acme/shop`
  const config = {
    redis: { url: redis.url },
    state_dir: join(folder, 'state'),
    ingest: {
      public: { host: '127.0.0.1', port: publicPort },
      ops: {
        host: '127.0.0.1',
        port: opsPort,
        tokens: [{ name: 'ada', role: 'operator', hash: { file: join(secrets, 'ada') } }],
      },
    },
    worker: { lock_duration: '3s', stalled_interval: '1s' },
    retry: { attempts: 3, delay: '500ms' },
    // The engine is not the stack's alone: a prune leaves to others what is theirs.
    prune: { min_age: '30d' },
    hooks: {
      registry: {
        source: 'distribution',
        auth: { type: 'static-header', header: 'Authorization', prefix: 'Bearer ' },
        secret: { file: join(secrets, 'hook') },
      },
    },
    credentials: { shop: { username: user.username, password: { file: join(secrets, 'password') } } },
    projects: {
      shop: {
        image: repository,
        tags: ['latest'],
        credentials: 'shop',
        source: { path: '/var/www/app', require: ['public/index.php', 'vendor/autoload.php'] },
        release: { root, owner: '33:33', shared: ['storage/uploads'], writable: ['storage/uploads'] },
        migrate: { env_file: site.envFile, network: site.network, timeout: '60s' },
        services: [
          { container: site.containers.phpFpm, action: 'signal', signal: 'USR2' },
          { container: site.containers.nginx, action: 'signal', signal: 'HUP' },
        ],
        check: { url: `${site.siteUrl}/health`, timeout: '2s', retries: 3, interval: '250ms' },
        ...project,
      },
    },
  }
  await writeFile(join(secrets, 'hook'), hookSecret, { mode: 0o600 })
  const hash = createHash('sha256').update(opsToken).digest('hex')
  await writeFile(join(secrets, 'ada'), `sha256:${hash}\n`, { mode: 0o600 })
  await writeFile(join(secrets, 'password'), user.password, { mode: 0o600 })
  const configFile = join(folder, 'slipway.yaml')
  await writeFile(configFile, stringify(config))

  const ingest = await startIngest({ configFile })
  closers.push(() => ingest.stop())
  let worker = await startWorker({ configFile })
  closers.push(() => worker.stop())
  const deployments = openDeployments(redis.url, 'local')
  closers.push(deployments.close)

  return {
    folder,
    root,
    repository,
    hookUrl,
    hookSecret,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    opsToken,
    user,
    registry,
    site,
    redis,
    configFile,
    deployments,
    ingest,
    worker: () => worker,
    async startWorker(env = {}) {
      worker = await startWorker({ configFile, env })
      return worker
    },
    stop,
  }
}
