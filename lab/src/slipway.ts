import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './environment.ts'
import { type LabProcess, startProcess } from './process.ts'

export interface ServiceOptions {
  /** Path of the slipway.yaml. */
  readonly configFile: string
  /** Further variables, such as secrets that the configuration names. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds until the service has to say that it is ready. Default: 30 seconds. */
  readonly readyTimeoutMs?: number
  /** It is expected to end, or to be stopped by a signal, perhaps before it says so. */
  readonly isDoomed?: boolean
  readonly signal?: AbortSignal | undefined
}

export interface WorkerOptions extends ServiceOptions {
  /** Name of this host in the configuration. Default: local. */
  readonly host?: string
}

/** As docker/ and its units start a worker. The cache of compiled code is that of whoever starts it here, if there is one. */
const workerMemory = {
  NODE_OPTIONS: '--max-semi-space-size=1',
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '65536',
}

/** Options of Node that are added stand beside those, and not in their place. */
function asDeployed(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const options = [workerMemory.NODE_OPTIONS, added.NODE_OPTIONS].filter((one) => one !== undefined)
  return { ...workerMemory, ...added, NODE_OPTIONS: options.join(' ') }
}

/** Starts ingest as its own process and waits until it listens. */
export function startIngest(options: ServiceOptions): Promise<LabProcess> {
  return startService('ingest', ['services/ingest/src/main.ts'], options)
}

/** Starts a worker as its own process and waits until it takes jobs. */
export function startWorker({ host = 'local', ...options }: WorkerOptions): Promise<LabProcess> {
  const env = { SLIPWAY_HOST: host, ...asDeployed(options.env) }
  return startService(`worker-${host}`, ['services/worker/src/main.ts'], { ...options, env })
}

/** Starts the Redis that a configuration without `redis` has under its state_dir. */
export function startEmbeddedRedis(options: ServiceOptions): Promise<LabProcess> {
  return startService('redis', [cli, 'redis'], options)
}

/** What one run of the operator's command came to. */
export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly configFile?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds until it is killed. Default: one minute. */
  readonly timeoutMs?: number
}

/** Runs the `slipway` command to its end; a failing exit code is a result, not an error. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { configFile, env, timeoutMs = cliTimeoutMs } = options
  const started = await startProcess({
    name: 'slipway',
    program: process.execPath,
    args: [inRepository(cli), ...args],
    env: environmentFor(configFile, env),
  })
  const deadline = setTimeout(() => started.kill('SIGKILL'), timeoutMs)
  const { code } = await started.exited
  clearTimeout(deadline)
  return { code: code ?? 1, stdout: started.stdout(), stderr: started.stderr() }
}

const cli = 'packages/cli/src/main.ts'
const cliTimeoutMs = 60_000
const repository = fileURLToPath(new URL('../..', import.meta.url))

function startService(name: string, [script, ...args]: [string, ...string[]], options: ServiceOptions) {
  return startProcess({
    name,
    program: process.execPath,
    args: [inRepository(script), ...args],
    env: environmentFor(options.configFile, options.env),
    isReady: saysReady,
    readyTimeoutMs: options.readyTimeoutMs,
    isDoomed: options.isDoomed,
    signal: options.signal,
  })
}

function inRepository(path: string): string {
  return `${repository}${path}`
}

function environmentFor(
  configFile: string | undefined,
  env: ServiceOptions['env'] = {},
): Record<string, string> {
  const own = childEnvironment()
  return {
    ...own,
    // What a service starts itself runs on the same Node.
    PATH: `${dirname(process.execPath)}:${own.PATH ?? ''}`,
    ...(configFile ? { SLIPWAY_CONFIG: configFile } : {}),
    ...env,
  }
}

/** The services log JSON lines and say `ready` in one of them. */
export function saysReady(line: string): boolean {
  if (!line.startsWith('{')) return false
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'msg' in entry && entry.msg === 'ready'
  } catch {
    return false
  }
}
