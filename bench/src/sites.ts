// Many small sites with one hook, and the call by which a registry tells of a push to one of them.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@slipway/lab'
import { stringify } from 'yaml'

export interface SitesOptions {
  readonly folder: string
  readonly redisUrl: string
  readonly amount: number
  /** Hooks, of which one is called. Default: that one. */
  readonly hooks?: number
  /** Further top-level parts of the configuration. */
  readonly settings?: object
}

export interface Sites {
  readonly configFile: string
  readonly names: readonly string[]
  /** Where a registry tells of its pushes. */
  readonly hookUrl: string
  readonly opsUrl: string
  /** With which a program may look at the ops listener. */
  readonly opsToken: string
  readonly headers: Readonly<Record<string, string>>
}

/** Of a registry that is not there: who asks it is refused at once. */
const registry = '127.0.0.1:1'

/** Writes the configuration of so many sites, and makes their roots. */
export async function makeSites(options: SitesOptions): Promise<Sites> {
  const { folder, redisUrl, amount, hooks = 1, settings } = options
  const names = Array.from({ length: amount }, (_, index) => `site-${index}`)
  const [secret, opsToken] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
  const [port, opsPort] = [await freePort(), await freePort()]
  const rootOf = (name: string) => join(folder, 'sites', name)
  for (const name of names) await mkdir(rootOf(name), { recursive: true })
  const secretFile = join(folder, 'secret')
  await writeFile(secretFile, secret, { mode: 0o600 })
  const hashFile = join(folder, 'token')
  await writeFile(hashFile, `sha256:${createHash('sha256').update(opsToken).digest('hex')}`, { mode: 0o600 })
  const others = Array.from({ length: hooks - 1 }, (_, index) => `other-${index}`)
  for (const name of others) {
    await writeFile(join(folder, name), randomBytes(24).toString('hex'), { mode: 0o600 })
  }
  const configFile = join(folder, 'slipway.yaml')
  const projects = names.map((name) => [name, siteOf(name, rootOf(name))])
  const configuration = {
    redis: { url: redisUrl },
    state_dir: join(folder, 'state'),
    // What is measured is the work of a call, and one caller makes all of them.
    ingest: {
      public: { host: '127.0.0.1', port, rate_limit: { address: 0, hook: 0 } },
      ops: {
        host: '127.0.0.1',
        port: opsPort,
        tokens: [{ name: 'bench', role: 'viewer', hash: { file: hashFile } }],
      },
    },
    hooks: Object.fromEntries([
      ...others.map((name) => [name, hookOf(join(folder, name))]),
      ['registry', hookOf(secretFile)],
    ]),
    projects: Object.fromEntries(projects),
    ...settings,
  }
  await writeFile(configFile, stringify(configuration))
  return {
    configFile,
    names,
    hookUrl: `http://127.0.0.1:${port}/webhooks/registry`,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    opsToken,
    headers: headersWith(secret),
  }
}

export function imageOf(site: string): string {
  return `${registry}/${repositoryOf(site)}`
}

/** The call of a registry that tells of one push to a site. */
export function pushBody(site: string, event?: string): string {
  return notification({
    ...(event === undefined ? {} : { event }),
    registry,
    repository: repositoryOf(site),
    tag: 'latest',
    digest: `sha256:${'ab'.repeat(32)}`,
  })
}

export interface Pushed {
  readonly registry: string
  readonly repository: string
  readonly tag: string
  readonly digest: string
  /** The registry's own id of the event, the same in each try; default: one of its own. */
  readonly event?: string
}

/** The call of a registry that tells of one push, as the registry itself writes it. */
export function notification(pushed: Pushed): string {
  const { registry: host, repository, tag, digest, event: id = randomUUID() } = pushed
  const target = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1_573,
    length: 1_573,
    repository,
    url: `http://${host}/v2/${repository}/manifests/${digest}`,
    tag,
  }
  const request = { id: 'b3da2209', addr: '127.0.0.1:51422', host, method: 'PUT', useragent: 'docker' }
  const event = {
    id,
    timestamp: '2026-11-18T02:11:45Z',
    action: 'push',
    target,
    request,
    actor: { name: 'ci' },
  }
  return JSON.stringify({ events: [event] })
}

export function hookOf(secretFile: string): object {
  return {
    source: 'distribution',
    auth: { type: 'static-header', header: 'Authorization', prefix: 'Bearer ' },
    secret: { file: secretFile },
  }
}

/** The headers that go with a call to such a hook. */
export function headersWith(secret: string): Record<string, string> {
  return {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/vnd.docker.distribution.events.v2+json',
  }
}

function siteOf(name: string, root: string): object {
  return { image: imageOf(name), source: { path: '/app' }, release: { root } }
}

function repositoryOf(site: string): string {
  return `acme/${site}`
}
