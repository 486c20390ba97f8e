import { manifestTypes, type TypedBytes } from './image.ts'

/** A repository of a registry that asks nobody who they are. */
export interface Repository {
  /** `127.0.0.1:5000` */
  readonly registry: string
  /** `acme/shop` */
  readonly repository: string
}

const timeoutMs = 60_000

/** Uploads some bytes under their digest, unless the registry has them. */
export async function putBlob(
  to: Repository,
  { bytes, digest }: Omit<TypedBytes, 'mediaType'>,
): Promise<void> {
  const known = await ask(to, `blobs/${digest}`, { method: 'HEAD' })
  if (known.status === 200) return
  const begun = await expectStatus(202, await ask(to, 'blobs/uploads/', { method: 'POST' }))
  const place = new URL(begun.headers.get('location') ?? '', `http://${to.registry}`)
  place.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await expectStatus(201, await send(place, { method: 'PUT', headers, body: bytes }))
}

/** Puts a manifest under a tag or its digest; gives the digest that the registry answered. */
export async function putManifest(
  to: Repository,
  reference: string,
  { mediaType, bytes }: Omit<TypedBytes, 'digest'>,
): Promise<string> {
  const headers = { 'content-type': mediaType }
  const answer = await ask(to, `manifests/${reference}`, { method: 'PUT', headers, body: bytes })
  await expectStatus(201, answer)
  return answer.headers.get('docker-content-digest') ?? ''
}

/** What the registry has under a tag or digest. */
export async function getManifest(from: Repository, reference: string): Promise<TypedBytes> {
  const headers = { accept: manifestTypes.join(', ') }
  const answer = await send(urlOf(from, `manifests/${reference}`), { headers })
  if (answer.status !== 200) await expectStatus(200, answer)
  return {
    mediaType: answer.headers.get('content-type') ?? '',
    digest: answer.headers.get('docker-content-digest') ?? '',
    bytes: Buffer.from(await answer.arrayBuffer()),
  }
}

/** Takes away a manifest (with all its tags) or a blob. */
export async function removeContent(
  from: Repository,
  kind: 'manifests' | 'blobs',
  digest: string,
): Promise<void> {
  await expectStatus(202, await ask(from, `${kind}/${digest}`, { method: 'DELETE' }))
}

async function ask(to: Repository, path: string, init: RequestInit): Promise<Response> {
  return send(urlOf(to, path), init)
}

function urlOf({ registry, repository }: Repository, path: string): URL {
  return new URL(`http://${registry}/v2/${repository}/${path}`)
}

function send(url: URL, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
}

async function expectStatus(status: number, answer: Response): Promise<Response> {
  const said = await answer.text()
  if (answer.status === status) return answer
  throw new Error(`${answer.url} answered ${answer.status}, not ${status}: ${said.slice(0, 300)}`)
}
