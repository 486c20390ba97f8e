import { randomBytes } from 'node:crypto'
import { GenericContainer, Wait } from 'testcontainers'
import { stringify } from 'yaml'
import { run } from './command.ts'
import { withoutForeignSweeper } from './environment.ts'
import { freePort } from './free-port.ts'
import { image } from './images.ts'
import type { LabOptions } from './lab-options.ts'
import { poll } from './poll.ts'
import { type RegistryFile, type RegistrySettings, registryConfig } from './registry/config.ts'
import { runLabel, thisRun } from './run-id.ts'

export interface RegistryOptions extends LabOptions, RegistrySettings {
  /** Who may push and pull everything; without it nobody is asked. */
  readonly user?: RegistryUser
  /** Further files for the container, such as a certificate. */
  readonly files?: readonly RegistryFile[]
}

export interface RegistryUser {
  readonly username: string
  readonly password: string
}

export interface LabRegistry {
  /** `127.0.0.1:<port>`, as it stands in image names. */
  readonly host: string
  /** Id of the container, for tests that stop or pause it. */
  readonly container: string
  stop(): Promise<void>
}

const configFile = '/etc/slipway-lab/registry.yml'
const usersFile = '/etc/slipway-lab/users'

/**
 * Debian's `docker-registry` on a free port of 127.0.0.1, in the host's network so that it can reach an ingest that
 * listens there. It may delete, keeps all in the container, and forgets it when stopped.
 */
export async function startRegistry(options: RegistryOptions): Promise<LabRegistry> {
  withoutForeignSweeper()
  const tag = await image('registry', options)
  const host = `127.0.0.1:${options.port ?? (await freePort())}`
  const users = options.user ? [{ target: usersFile, content: await htpasswd(tag, options.user) }] : []
  const config = registryConfig(host, randomBytes(16).toString('hex'), {
    ...options,
    ...(options.user ? { usersFile } : {}),
  })
  const started = await new GenericContainer(tag)
    .withLabels({ [runLabel]: thisRun })
    .withNetworkMode('host')
    .withCopyContentToContainer([
      { target: configFile, content: stringify(config) },
      ...users,
      ...(options.files ?? []),
    ])
    .withWaitStrategy(Wait.forLogMessage(/listening on/))
    .withStartupTimeout(30_000)
    .start()
  await poll(() => answers(host), { what: `the registry at ${host}`, signal: options.signal })
  return {
    host,
    container: started.getId(),
    stop: async () => void (await started.stop({ remove: true, removeVolumes: true })),
  }
}

async function answers(host: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(2000) })
  await response.body?.cancel()
  return response.status < 500
}

/** The registry knows bcrypt alone; the password goes by standard input, where no list of processes shows it. */
function htpasswd(tag: string, { username, password }: RegistryUser): Promise<string> {
  const args = ['run', '--rm', '--interactive', '--label', `${runLabel}=${thisRun}`, tag]
  return run('docker', [...args, 'htpasswd', '-Bni', username], { input: `${password}\n` })
}
