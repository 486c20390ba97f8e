import { execFile } from 'node:child_process'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  freePort,
  type LabProcess,
  openRedisServer,
  poll,
  type RegistryProcess,
  startRegistryProcess,
  startWorker,
} from '@slipway/lab'
import { connectFailingFast, createPushStore } from '@slipway/store'
import { Redis } from 'ioredis'
import { stringify } from 'yaml'
import { say } from './figures.ts'
import { sourcePath } from './source-images.ts'
import type { Close } from './with-machine.ts'

const execute = promisify(execFile)
const deployTimeoutMs = 600_000
let forgotten = 0

export interface HostOptions {
  readonly folder: string
  readonly onClose: (close: Close) => void
  /** What each project has beyond image (`bench/NAME`), source and release, by its name. */
  readonly projects: Readonly<Record<string, object>>
  /** Further top-level parts of the configuration. */
  readonly settings?: object
  /** Further variables of the worker. */
  readonly env?: Readonly<Record<string, string>>
}

/** What one deploy took, as the worker itself timed it. */
export interface Timed {
  /** Milliseconds of each step. */
  readonly steps: Readonly<Record<string, number>>
  readonly total: number
}

/** One Docker host with a real worker, a registry and a Redis, all as processes of this machine. */
export interface Host {
  readonly registry: RegistryProcess
  readonly configFile: string
  worker(): LabProcess
  /** A worker that has done nothing yet, in the place of the one that runs. */
  freshWorker(): Promise<LabProcess>
  rootOf(project: string): string
  /** Asks for a tag as `slipway deploy` does and waits for its end, with nothing left for the disk to do before. */
  deploy(project: string, tag: string): Promise<Timed>
  /** What the worker wrote down of the newest deployment of a project. */
  newest(project: string): Promise<Readonly<Record<string, string>>>
  /** Takes a project's releases away: the next deploy finds a fresh target. */
  forget(project: string): Promise<void>
}

export async function openHost(options: HostOptions): Promise<Host> {
  const { folder, onClose, projects, settings, env = {} } = options
  const redis = await openRedisServer({ settings: ['--appendfsync', 'always'] })
  onClose(redis.stop)
  await redis.start()
  const registry = await startRegistryProcess({ folder: join(folder, 'registry'), say })
  onClose(registry.stop)
  const configFile = join(folder, 'slipway.yaml')
  const imageOf = (project: string) => `${registry.host}/bench/${project}`
  const rootOf = (project: string) => join(folder, 'sites', project)
  for (const project of Object.keys(projects)) await mkdir(rootOf(project), { recursive: true })
  const configured = Object.entries(projects).map(([name, project]) => {
    const own = {
      image: imageOf(name),
      tags: ['/^.+$/'],
      source: { path: sourcePath, require: ['REVISION'] },
      // So many that none is deleted while something is measured.
      release: { root: rootOf(name), keep: 50 },
    }
    return [name, { ...own, ...project }]
  })
  const configuration = {
    redis: { url: redis.url },
    state_dir: join(folder, 'state'),
    ingest: {
      public: { host: '127.0.0.1', port: await freePort() },
      ops: { host: '127.0.0.1', port: await freePort() },
    },
    // Nothing mends in the middle what a measurement takes away on purpose.
    schedules: { reconcile: { every: '1d' } },
    projects: Object.fromEntries(configured),
    ...settings,
  }
  await writeFile(configFile, stringify(configuration))
  // As its units do, below state_dir.
  const cache = { NODE_COMPILE_CACHE: join(folder, 'state', 'cache') }
  const start = () => startWorker({ configFile, env: { ...cache, ...env } })
  let worker = await start()
  onClose(() => worker.stop())
  const records = new Redis({ path: redis.socket })
  onClose(async () => records.disconnect())

  const asking = connectFailingFast({ url: redis.url, username: undefined, password: undefined })
  const store = createPushStore({ redis: asking, retry: { attempts: 1, delay: 15_000 }, clock: Date })
  onClose(() => store.close())

  async function newest(project: string): Promise<Record<string, string>> {
    const id = await records.lindex(`slipway:{local}:history:${project}`, -1)
    return records.hgetall(`slipway:{local}:deployment:${id}`)
  }

  return {
    registry,
    configFile,
    rootOf,
    newest,
    worker: () => worker,
    async freshWorker() {
      await worker.stop()
      worker = await start()
      return worker
    },
    async deploy(project, tag) {
      await execute('sync')
      const wanted = { project, host: 'local', image: imageOf(project), tag, digest: null }
      const [accepted] = await store.accept([wanted], { kind: 'command', by: 'bench' })
      const look = async () => {
        const record = await records.hgetall(`slipway:{local}:deployment:${accepted?.deployment}`)
        return record.endedAt ? record : undefined
      }
      const what = `${project}:${tag} to be deployed`
      const record = await poll(look, { what, timeoutMs: deployTimeoutMs })
      if (record.state !== 'live') {
        throw new Error(`the deploy of ${project}:${tag} ended as ${record.state}: ${record.why ?? ''}`)
      }
      return timed(record)
    },
    async forget(project) {
      // Not deleted: see the floors of the release bench.
      forgotten += 1
      await rename(rootOf(project), `${rootOf(project)}.${forgotten}`)
      await mkdir(rootOf(project), { recursive: true })
    },
  }
}

/** The steps of a deployment's record. */
export function timed(record: Readonly<Record<string, string>>): Timed {
  const timings: readonly { step: string; milliseconds: number }[] = JSON.parse(record.timings ?? '[]')
  const steps = Object.fromEntries(timings.map(({ step, milliseconds }) => [step, milliseconds]))
  return { steps, total: timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0) }
}
