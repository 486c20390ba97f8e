import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { image, phpSiteFolder, poll, runLabel, thisRun } from '@slipway/lab'

const execute = promisify(execFile)
const mountedAt = '/srv/site'

export interface NginxOptions {
  /** For its settings. */
  readonly folder: string
  /** Of 127.0.0.1. */
  readonly port: number
  /** Release roots by the names of their sites; the first answers whoever names none of them. */
  readonly sites: Readonly<Record<string, string>>
}

export interface Nginx {
  stop(): Promise<void>
}

/**
 * The nginx of the example site on this machine's engine, each site by the rules of the example; there is no PHP behind
 * it, only files. Nothing has to tell it of a release: it looks for each answer.
 */
export async function startNginx({ folder, port, sites }: NginxOptions): Promise<Nginx> {
  const tag = await image('nginx', { say: () => {} })
  const name = `slipway-nginx-${randomBytes(3).toString('hex')}`
  const example = await readFile(join(phpSiteFolder, 'docker/nginx/nginx.conf'), 'utf8')
  const file = join(folder, 'nginx.conf')
  await writeFile(file, settingsFor(example, Object.keys(sites)))
  const volumes = Object.entries(sites).map(([site, root]) => `${root}:${mountedAt}/${site}:ro`)
  const docker = async (...args: readonly string[]) =>
    void (await execute('docker', args, { timeout: 60_000 }))
  const stop = () => docker('rm', '--force', name)
  const answers = () => fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) })
  try {
    await docker(
      ...['run', '--detach', '--name', name, '--label', `${runLabel}=${thisRun}`],
      ...['--publish', `127.0.0.1:${port}:80`, '--add-host', 'php-fpm:127.0.0.1'],
      ...[`${file}:/etc/nginx/nginx.conf:ro`, ...volumes].flatMap((volume) => ['--volume', volume]),
      tag,
    )
    await poll(async () => (await answers()).arrayBuffer(), { what: 'nginx' })
    return { stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** The rules of the example's one site, once for each. */
function settingsFor(example: string, sites: readonly string[]): string {
  const [begin, end] = [example.indexOf('  server {'), example.lastIndexOf('}')]
  const rules = example.slice(begin, end)
  const listen = 'listen 80 backlog=4096;'
  if (!rules.includes(listen) || !rules.includes(`-f ${mountedAt}/maintenance.on`))
    throw new Error('the settings of the example are not what they were')
  const servers = sites.map((site) =>
    rules
      .replace(listen, `listen 80; server_name ${site};`)
      .replaceAll(`${mountedAt}/`, `${mountedAt}/${site}/`),
  )
  return [example.slice(0, begin), ...servers, example.slice(end)].join('')
}
