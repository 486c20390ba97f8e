import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { childEnvironment } from './environment.ts'
import type { LabOptions } from './lab-options.ts'
import { ensurePrograms } from './machine/ensure-programs.ts'
import { type LabProcess, startProcess } from './process.ts'
import { type RegistrySettings, registryConfig } from './registry/config.ts'
import { steadyPort } from './steady-port.ts'

export interface RegistryProcessOptions extends LabOptions, Pick<RegistrySettings, 'notifications' | 'port'> {
  /** Holds its configuration and all that is pushed; made when it is not there, and gone after `stop`. */
  readonly folder: string
}

/** Debian's `docker-registry` as a process of the machine, for tests that end it as they like. */
export interface RegistryProcess {
  /** `127.0.0.1:<port>`, the same after each start. */
  readonly host: string
  readonly port: number
  /** 0 when it does not run. */
  pid(): number
  /** Starts it again after a `kill`, with all that was pushed. */
  start(): Promise<void>
  /** Sends a signal (default: SIGKILL) and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<void>
  freeze(): void
  thaw(): void
  /** Where the content of a digest lies on the disk, for tests that spoil or remove it. */
  blobFile(digest: string): string
  /** What it said since it was started last. */
  lines(): readonly string[]
  stop(): Promise<void>
}

/** Starts it. It asks nobody who they are, and may delete. */
export async function startRegistryProcess(options: RegistryProcessOptions): Promise<RegistryProcess> {
  const { folder, notifications = [], signal } = options
  const { 'docker-registry': program } = await ensurePrograms(['docker-registry'], options)
  const port = options.port ?? (await steadyPort())
  const host = `127.0.0.1:${port}`
  const storage = join(folder, 'storage')
  const configFile = join(folder, 'registry.yml')
  await mkdir(folder, { recursive: true })
  const secret = 'uploads go on after a restart'
  await writeFile(configFile, stringify(registryConfig(host, secret, { notifications, storage })))

  let running: LabProcess | undefined

  async function start(): Promise<void> {
    if (running) return
    running = await startProcess({
      name: 'docker-registry',
      program,
      args: ['serve', configFile],
      env: childEnvironment({ OTEL_TRACES_EXPORTER: 'none' }),
      isReady: (line) => line.includes('listening on'),
      signal,
    })
  }

  async function kill(how: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ending = running
    running = undefined
    ending?.kill(how)
    await ending?.exited
  }

  await start()
  return {
    host,
    port,
    pid: () => running?.pid ?? 0,
    start,
    kill,
    freeze: () => running?.kill('SIGSTOP'),
    thaw: () => running?.kill('SIGCONT'),
    blobFile: (digest) => {
      const hex = digest.replace('sha256:', '')
      return join(storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')
    },
    lines: () => running?.lines() ?? [],
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
