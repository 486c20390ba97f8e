import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { makeBridge } from './engine/bridge.ts'
import {
  containedIn,
  containerdOf,
  countMounts,
  endProcesses,
  processesOf,
  unmountBelow,
} from './engine/leftovers.ts'
import { childEnvironment } from './environment.ts'
import type { LabOptions } from './lab-options.ts'
import { ensurePrograms } from './machine/ensure-programs.ts'
import { poll } from './poll.ts'
import { type LabProcess, startProcess } from './process.ts'

export interface PrivateEngineOptions extends LabOptions {
  /** Holds all of it; made when it is not there, and gone after `stop`. Short: a socket's path has 107 bytes. */
  readonly folder: string
  /** Where images and containers go, such as a small disk; what it holds is left to its owner. Default: below the folder. */
  readonly dataRoot?: string
}

/** A Docker engine of one's own, without networks, that can be killed without hurting anybody. */
export interface PrivateEngine {
  /** `unix://…`, for DOCKER_HOST. */
  readonly host: string
  readonly socket: string
  readonly folder: string
  readonly dataRoot: string
  /** Of dockerd; 0 when it does not run. */
  pid(): number
  /**
   * Starts it again after a `kill`, with the images and containers that it had. It ends those that still run first, and
   * gives each ten seconds for that.
   */
  start(): Promise<void>
  /** Sends a signal (default: SIGKILL) and waits for the end of dockerd. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Stops dockerd where it stands; its socket goes on taking connections. */
  freeze(): void
  thaw(): void
  /** Runs the docker client against it and gives its standard output. */
  docker(...args: readonly string[]): Promise<string>
  /** What dockerd said since it was started last. */
  lines(): readonly string[]
  /** Ends it and all that it started, and removes the folder. */
  stop(): Promise<void>
}

const longestSocket = 107
const clientTimeoutMs = 60_000
const stopTimeoutMs = 10_000

/** @throws Error with dockerd's last lines when it does not run here */
export async function startPrivateEngine(options: PrivateEngineOptions): Promise<PrivateEngine> {
  const { folder, dataRoot = join(folder, 'data'), signal } = options
  const socket = join(folder, 'docker.sock')
  const execRoot = join(folder, 'exec')
  const places = { execRoot, dataRoot }
  // The longest that lies below: the socket of the engine's own containerd.
  const longest = join(execRoot, 'containerd', 'containerd-debug.sock')
  if (Buffer.byteLength(longest) > longestSocket) {
    throw new Error(`${folder} is too long a name: ${longest} would be more than ${longestSocket} bytes`)
  }
  const programs = await ensurePrograms(['dockerd', 'docker'], options)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pidFile = join(folder, 'docker.pid')
  const pidFiles = [pidFile, join(execRoot, 'containerd', 'containerd.pid')]
  const bridge = await makeBridge(options)
  const namespace = `slipway-${randomBytes(4).toString('hex')}`
  const args = [
    ...['--data-root', dataRoot, '--exec-root', execRoot, '--pidfile', pidFile, '--host', `unix://${socket}`],
    ...['--bridge', bridge.name, '--iptables=false', '--ip-masq=false', '--ip-forward=false'],
    ...['--storage-driver', 'overlay2'],
    ...['--containerd-namespace', namespace, '--containerd-plugins-namespace', `${namespace}-plugins`],
    ...['--insecure-registry', '127.0.0.0/8'],
  ]
  const mountsBefore = await countMounts(dataRoot)
  let running: LabProcess | undefined

  async function start(): Promise<void> {
    if (running) return
    // After a kill it would take its own old process, or its containerd's, for a living one.
    for (const file of pidFiles) await rm(file, { force: true })
    running = await startProcess({
      name: 'dockerd',
      program: programs.dockerd,
      args,
      env: childEnvironment(),
      isReady: (line) => line.includes('API listen on'),
      signal,
    })
  }

  async function kill(how: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ending = running
    running = undefined
    ending?.kill(how)
    await ending?.exited
    // The kernel ends its containerd with it; the next dockerd must not find that one dying.
    await poll(async () => (await containerdOf(places)).length === 0, {
      what: 'containerd to end with dockerd',
      everyMs: 5,
    })
  }

  const docker = (...words: readonly string[]) =>
    run(programs.docker, ['--host', `unix://${socket}`, ...words], { timeoutMs: clientTimeoutMs })

  async function endGently(): Promise<void> {
    // What a killed one left running is cleared away best by a successor, which would ask it to end, and wait.
    if (!running && (await processesOf(places)).length > 0) {
      await endProcesses(() => containedIn(places))
      await start().catch(() => undefined)
    }
    const ending = running
    running = undefined
    if (!ending) return
    ending.kill('SIGCONT')
    await removeContainers(docker)
    await ending.stop(stopTimeoutMs)
  }

  async function stop(): Promise<void> {
    await endGently()
    await endProcesses(() => processesOf(places))
    // dockerd binds its data on itself.
    await unmountBelow(dataRoot, mountsBefore)
    await unmountBelow(folder, await countMounts(folder))
    await bridge.remove()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    await start()
  } catch (cause) {
    await stop()
    throw cause
  }
  return {
    host: `unix://${socket}`,
    socket,
    folder,
    dataRoot,
    pid: () => running?.pid ?? 0,
    start,
    kill,
    freeze: () => running?.kill('SIGSTOP'),
    thaw: () => running?.kill('SIGCONT'),
    docker,
    lines: () => running?.lines() ?? [],
    stop,
  }
}

/** Otherwise dockerd would wait for each of them; when it does not answer, they are ended with their processes. */
async function removeContainers(docker: PrivateEngine['docker']): Promise<void> {
  try {
    const ids = (await docker('ps', '--all', '--quiet')).split('\n').filter(Boolean)
    if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids)
  } catch {
    // It is about to be ended anyhow.
  }
}
