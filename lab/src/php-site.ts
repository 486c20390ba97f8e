import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { freePort } from './free-port.ts'
import { prepareImages } from './images.ts'
import type { LabOptions } from './lab-options.ts'
import { poll } from './poll.ts'
import { runLabel, thisRun } from './run-id.ts'
import { type Row, readTable } from './site/read-table.ts'

export interface PhpSiteOptions extends LabOptions {
  /** The project's release root on this host; made when it is not there. */
  readonly root: string
  /** Folder for the file with the database's password. */
  readonly secretsDir: string
  /** Begins the names of the containers. Default: a random one. */
  readonly name?: string
  /** Port of 127.0.0.1 for nginx; a free one when not given. */
  readonly port?: number
}

/** A site that runs and waits for its first release. */
export interface PhpSite {
  /** `http://127.0.0.1:<port>` */
  readonly siteUrl: string
  readonly containers: { readonly nginx: string; readonly phpFpm: string; readonly mariadb: string }
  readonly network: string
  /** File with DB_HOST, DB_NAME, DB_USER and DB_PASSWORD, readable by its owner alone. */
  readonly envFile: string
  /** Runs SQL in the site's database as its administrator; rows by column name, NULL as null. */
  query(sql: string): Promise<Row[]>
  stop(): Promise<void>
}

const database = 'shop'
const mountedAt = '/srv/site'

/** Starts nginx, php-fpm and MariaDB of examples/php-site on a network of their own. */
export async function startPhpSite(options: PhpSiteOptions): Promise<PhpSite> {
  const { root, signal, name = `slipway-lab-${randomBytes(3).toString('hex')}` } = options
  const images = await prepareImages(['mariadb', 'php-fpm', 'nginx'], options)
  const containers = { nginx: `${name}-nginx`, phpFpm: `${name}-php-fpm`, mariadb: `${name}-mariadb` }
  const network = `${name}-net`
  const port = options.port ?? (await freePort())
  const envFile = await writeEnvFile(options.secretsDir, name)
  await mkdir(root, { recursive: true })
  // nginx and php-fpm read as www-data.
  await chmod(root, 0o755)

  const stop = () => remove(containers, network)
  const start = (container: string, image: string, ...args: string[]) => {
    const labels = ['--label', `${runLabel}=${thisRun}`]
    return run(
      'docker',
      ['run', '--detach', '--name', container, '--network', network, ...labels, ...args, image],
      { signal },
    )
  }
  const query = async (sql: string) => {
    const args = ['exec', '--interactive', containers.mariadb, 'mariadb', '--batch', database]
    return readTable(await run('docker', args, { input: sql, timeoutMs: queryTimeoutMs }))
  }
  try {
    await run('docker', ['network', 'create', '--label', `${runLabel}=${thisRun}`, network], { signal })
    await start(containers.mariadb, images.mariadb, '--network-alias', 'db', '--env-file', envFile)
    const volume = `${root}:${mountedAt}`
    await start(
      containers.phpFpm,
      images['php-fpm'],
      '--network-alias',
      'php-fpm',
      '--env-file',
      envFile,
      '--volume',
      volume,
    )
    await start(
      containers.nginx,
      images.nginx,
      '--publish',
      `127.0.0.1:${port}:80`,
      '--volume',
      `${volume}:ro`,
    )
    const siteUrl = `http://127.0.0.1:${port}`
    await poll(() => query('SELECT 1 AS one').then((rows) => rows.length === 1), {
      what: 'MariaDB',
      timeoutMs: 60_000,
      signal,
    })
    await poll(() => answers(siteUrl), { what: 'nginx', signal })
    return { siteUrl, containers, network, envFile, query, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const queryTimeoutMs = 20_000

async function writeEnvFile(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${name}.env`)
  const settings = {
    DB_HOST: 'db',
    DB_NAME: database,
    DB_USER: database,
    DB_PASSWORD: randomBytes(18).toString('hex'),
  }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  return file
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
  await response.body?.cancel()
  return true
}

async function remove(containers: PhpSite['containers'], network: string): Promise<void> {
  // Forced removal is quiet about a container that is not there.
  await run('docker', ['container', 'rm', '--force', '--volumes', ...Object.values(containers)])
  await run('docker', ['network', 'rm', network]).catch(async (cause: unknown) => {
    const there = await run('docker', ['network', 'ls', '--quiet', '--filter', `name=^${network}$`])
    if (there.trim()) throw cause
  })
}
