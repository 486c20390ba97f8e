import { randomUUID } from 'node:crypto'

/** What a registry says about one push. */
export interface Announcement {
  /** Host of the image as it stands in its name. */
  readonly registry: string
  /** `acme/shop` */
  readonly repository: string
  readonly tag: string
  /** `sha256:…` */
  readonly digest: string
}

export interface Announced {
  readonly status: number
  /** What was accepted: one for each project and host; none unless the status is 202. */
  readonly deployments: readonly {
    readonly id: string
    readonly project: string
    readonly host: string
    readonly seq: number
  }[]
  readonly body: unknown
}

const timeoutMs = 10_000

/** Calls the hook `registry` of an ingest as a Docker Distribution registry does. */
export function announceAsDistribution(
  ingest: string,
  secret: string,
  { registry, repository, tag, digest }: Announcement,
): Promise<Announced> {
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  const event = {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: { mediaType: type, size: 1, digest, length: 1, repository, tag },
    request: { id: randomUUID(), addr: '127.0.0.1:1', host: registry, method: 'PUT', useragent: 'docker' },
    actor: {},
    source: { addr: 'registry:5000', instanceID: 'a' },
  }
  const headers = {
    'content-type': 'application/vnd.docker.distribution.events.v1+json',
    authorization: `Bearer ${secret}`,
  }
  return post(`${ingest}/webhooks/registry`, headers, { events: [event] })
}

/** Calls the hook `acr` of an ingest as a trigger of Alibaba Cloud's registry does. */
export function announceAsAcr(
  ingest: string,
  secret: string,
  { repository, tag, digest }: Announcement,
): Promise<Announced> {
  const [namespace = '', name = ''] = repository.split('/')
  const body = {
    push_data: { digest, pushed_at: '2026-11-18 09:41:07', tag },
    repository: { name, namespace, region: 'cn-hangzhou', repo_full_name: repository, repo_type: 'PRIVATE' },
  }
  return post(`${ingest}/webhooks/acr?token=${secret}`, { 'content-type': 'application/json' }, body)
}

async function post(url: string, headers: Record<string, string>, content: object): Promise<Announced> {
  const body = JSON.stringify(content)
  const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) })
  const said: unknown = await answer.json().catch(() => null)
  const accepted = said as { deployments?: Announced['deployments'] } | null
  return { status: answer.status, deployments: accepted?.deployments ?? [], body: said }
}
