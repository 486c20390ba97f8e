import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { FaultSite } from './fault-sites.ts'

/** A part of slipway.yaml, as it is written there. */
export type Settings = Readonly<Record<string, unknown>>

export interface FaultConfigOptions {
  readonly folder: string
  readonly hosts: readonly string[]
  /** What each project has beyond, or in place of, what is given here. */
  readonly projects: Readonly<Record<string, Settings>>
  readonly sites: readonly FaultSite[]
  /** The same for the whole file. */
  readonly config: Settings
  /** `127.0.0.1:<port>`, as it stands in image names. */
  readonly registry: string
  /** As ingest reaches it, and as the workers do. */
  readonly redis: { readonly ingest: string; readonly workers: string }
  readonly publicPort: number
  readonly opsPort: number
}

/** What was written, and what opens it. */
export interface FaultConfig {
  readonly ingestFile: string
  /** Each host has a file of its own, with its own release roots. */
  readonly workerFile: (host: string) => string
  readonly hookSecret: string
  /** Logs an operator in. */
  readonly opsToken: string
}

/** The folder in each image that is the source. */
export const sourcePath = '/var/www/app'

/** Writes a configuration for ingest and one for each host: all in a hurry, so that faults show soon. */
export async function writeFaultConfig(options: FaultConfigOptions): Promise<FaultConfig> {
  const { folder, hosts, projects, sites, config, registry, redis, publicPort, opsPort } = options
  const hookSecret = randomBytes(24).toString('hex')
  const opsToken = randomBytes(24).toString('hex')
  const secret = { file: join(folder, 'secrets', 'hook') }
  const hash = { file: join(folder, 'secrets', 'ada') }
  await mkdir(join(folder, 'secrets'), { mode: 0o700 })
  await writeFile(secret.file, hookSecret, { mode: 0o600 })
  const sha = createHash('sha256').update(opsToken).digest('hex')
  await writeFile(hash.file, `sha256:${sha}\n`, { mode: 0o600 })

  const contents = (host: string, redisUrl: string) =>
    merge(
      {
        redis: { url: redisUrl },
        state_dir: join(folder, 'state'),
        ingest: {
          public: { host: '127.0.0.1', port: publicPort, rate_limit: { address: 0, hook: 0 } },
          ops: { host: '127.0.0.1', port: opsPort, tokens: [{ name: 'ada', role: 'operator', hash }] },
        },
        worker: { lock_duration: '1500ms', stalled_interval: '500ms', shutdown_timeout: '5s' },
        retry: { attempts: 5, delay: '300ms' },
        schedules: { reconcile: { every: '5s' } },
        hooks: {
          registry: {
            source: 'distribution',
            auth: { type: 'static-header', header: 'Authorization', prefix: 'Bearer ' },
            registry,
            secret,
          },
          acr: { source: 'acr', registry, secret },
        },
        projects: Object.fromEntries(
          Object.entries(projects).map(([project, settings]) => {
            const site = sites.find((one) => one.project === project && one.host === host)
            if (!site) throw new Error(`${project} has no place on ${host}`)
            return [project, merge(projectSettings(site, registry, hosts), settings)]
          }),
        ),
      },
      config,
    )
  const workerFile = (host: string) => join(folder, `worker-${host}.yaml`)
  for (const host of hosts) await writeFile(workerFile(host), stringify(contents(host, redis.workers)))
  const ingestFile = join(folder, 'ingest.yaml')
  await writeFile(ingestFile, stringify(contents(hosts[0] ?? '', redis.ingest)))
  return { ingestFile, workerFile, hookSecret, opsToken }
}

function projectSettings({ project, root, server }: FaultSite, registry: string, hosts: readonly string[]) {
  return {
    image: `${registry}/acme/${project}`,
    hosts,
    source: { path: sourcePath, require: ['REVISION', 'public/index.php'] },
    release: { root },
    check: { url: `${server.url}/health`, timeout: '1s', retries: 3, interval: '100ms' },
  }
}

/** Objects are merged, all else is replaced. */
function merge(base: Settings, over: Settings): Settings {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = base[name]
    merged[name] = isSettings(below) && isSettings(value) ? merge(below, value) : value
  }
  return merged
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
