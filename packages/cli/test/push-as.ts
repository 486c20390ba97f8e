import { makeImage, type RegistryUser } from '@slipway/lab'

/** Pushes a small image, as a user of a registry with a token service, under `latest`. */
export async function pushAs(user: RegistryUser, host: string, repository: string): Promise<void> {
  const base = `http://${host}/v2/${repository}`
  const authorization = `Bearer ${await tokenFor(user, host, repository)}`
  const { manifest, blobs } = makeImage({ layers: [], config: { Labels: { repository } } })
  for (const { bytes, digest } of blobs) {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } })
    const place = new URL(begun.headers.get('location') ?? '', base)
    place.searchParams.set('digest', digest)
    await put(place, authorization, 'application/octet-stream', bytes)
  }
  await put(new URL(`${base}/manifests/latest`), authorization, manifest.mediaType, manifest.bytes)
}

/** A token that the registry itself takes, for as long as a test. */
export async function tokenFor(user: RegistryUser, host: string, repository: string): Promise<string> {
  const asked = await fetch(`http://${host}/v2/`)
  const realm = /realm="([^"]+)"/.exec(asked.headers.get('www-authenticate') ?? '')?.[1] ?? ''
  const url = new URL(realm)
  url.searchParams.set('service', 'registry')
  url.searchParams.set('scope', `repository:${repository}:pull,push`)
  const authorization = `Basic ${btoa(`${user.username}:${user.password}`)}`
  const answer: unknown = await (await fetch(url, { headers: { authorization } })).json()
  if (typeof answer === 'object' && answer && 'token' in answer) return String(answer.token)
  throw new Error(`${url} gave no token`)
}

async function put(url: URL, authorization: string, type: string, body: Buffer): Promise<void> {
  const headers = { authorization, 'content-type': type }
  const answer = await fetch(url, { method: 'PUT', headers, body })
  if (answer.status !== 201) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
}
