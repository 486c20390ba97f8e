// Many small sites with one hook, and the call by which a registry tells of a push to one of them.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@slipway/lab'
import { stringify } from 'yaml'

export interface SitesOptions {
  readonly folder: string
  readonly redisUrl: string
  readonly amount: number
  /** Further top-level parts of the configuration. */
  readonly settings?: object
}

export interface Sites {
  readonly configFile: string
  readonly names: readonly string[]
  /** Where a registry tells of its pushes. */
  readonly hookUrl: string
  readonly headers: Readonly<Record<string, string>>
}

/** Of a registry that is not there: who asks it is refused at once. */
const registry = '127.0.0.1:1'

/** Writes the configuration of so many sites, and makes their roots. */
export async function makeSites({ folder, redisUrl, amount, settings }: SitesOptions): Promise<Sites> {
  const names = Array.from({ length: amount }, (_, index) => `site-${index}`)
  const secret = randomBytes(24).toString('hex')
  const [port, opsPort] = [await freePort(), await freePort()]
  const rootOf = (name: string) => join(folder, 'sites', name)
  for (const name of names) await mkdir(rootOf(name), { recursive: true })
  const secretFile = join(folder, 'secret')
  await writeFile(secretFile, secret, { mode: 0o600 })
  const configFile = join(folder, 'slipway.yaml')
  const projects = names.map((name) => [name, siteOf(name, rootOf(name))])
  const configuration = {
    redis: { url: redisUrl },
    state_dir: join(folder, 'state'),
    ingest: { public: { host: '127.0.0.1', port }, ops: { host: '127.0.0.1', port: opsPort } },
    hooks: { registry: hookOf(secretFile) },
    projects: Object.fromEntries(projects),
    ...settings,
  }
  await writeFile(configFile, stringify(configuration))
  return {
    configFile,
    names,
    hookUrl: `http://127.0.0.1:${port}/webhooks/registry`,
    headers: headersWith(secret),
  }
}

export function imageOf(site: string): string {
  return `${registry}/${repositoryOf(site)}`
}

/** The call of a registry that tells of one push to a site. */
export function pushBody(site: string): string {
  return notification({
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
}

/** The call of a registry that tells of one push, as the registry itself writes it. */
export function notification({ registry: host, repository, tag, digest }: Pushed): string {
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
    id: 'abb4fd53',
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
