import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Image, TypedBytes } from '@slipway/lab'

/** One request of whoever pulls or asks. */
export interface AskedOfRegistry {
  readonly method: string
  readonly kind: 'ping' | 'manifest' | 'blob'
  /** A tag or digest; empty for a ping. */
  readonly reference: string
  /** As it came: the header Authorization. */
  readonly authorization: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface RegistryAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** So many bytes of the body are sent, then the connection is reset. */
  readonly breakOffAfter?: number
}

/** Makes of the answer that is due another one. */
export type Spoil = (asked: AskedOfRegistry, due: RegistryAnswer) => RegistryAnswer

/** A registry of one repository and one user, which answers as a test wants. */
export interface FakeRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Has the image from now on, by its digest and under the tag. */
  put(tag: string, manifest: TypedBytes, blobs: Image['blobs']): void
  /** Answers wrongly until `mend`. */
  spoil(spoil: Spoil): void
  mend(): void
  asked(): readonly AskedOfRegistry[]
  stop(): Promise<void>
}

export interface FakeRegistryOptions {
  /** `acme/shop` */
  readonly repository: string
  readonly username: string
  readonly password: string
}

/** Starts one in this process. What it refuses, it refuses with all that it was told: no secret may come out of that. */
export async function startFakeRegistry(options: FakeRegistryOptions): Promise<FakeRegistry> {
  const { repository, username, password } = options
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const manifests = new Map<string, TypedBytes>()
  const blobs = new Map<string, Buffer>()
  const asked: AskedOfRegistry[] = []
  let spoil: Spoil | undefined

  function answerTo(one: AskedOfRegistry): RegistryAnswer {
    if (one.authorization !== authorization) return refusal(one, 401)
    if (one.kind === 'ping') return { status: 200, headers: {}, body: Buffer.from('{}') }
    if (one.kind === 'blob') {
      const body = blobs.get(one.reference)
      return body ? found('application/octet-stream', one.reference, body) : refusal(one, 404)
    }
    const manifest = manifests.get(one.reference)
    return manifest ? found(manifest.mediaType, manifest.digest, manifest.bytes) : refusal(one, 404)
  }

  const server = createServer((request, response) => {
    const one = read(request, repository)
    if (!one) return void response.writeHead(404).end()
    asked.push(one)
    const due = answerTo(one)
    // Whoever has not said who they are yet is asked first, as ever.
    const isChallenge = due.status === 401 && one.authorization === ''
    send(response, one, spoil && !isChallenge ? spoil(one, due) : due)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    host: `127.0.0.1:${port}`,
    put(tag, manifest, its) {
      for (const name of [tag, manifest.digest]) manifests.set(name, manifest)
      for (const { digest, bytes } of its) blobs.set(digest, bytes)
    },
    spoil: (next) => {
      spoil = next
    },
    mend: () => {
      spoil = undefined
    },
    asked: () => asked,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const codes: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'MANIFEST_UNKNOWN',
  429: 'TOOMANYREQUESTS',
}

/** A refusal in the registry's own form, with the caller's own words in it. */
export function refusal(
  { kind, authorization }: AskedOfRegistry,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): RegistryAnswer {
  const code = status === 404 && kind === 'blob' ? 'BLOB_UNKNOWN' : (codes[status] ?? 'UNKNOWN')
  const errors = [{ code, message: `refused with ${status}; you said ${authorization}` }]
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="fake"' } : {}
  return {
    status,
    headers: { 'content-type': 'application/json', ...challenge, ...headers },
    body: Buffer.from(JSON.stringify({ errors })),
  }
}

function found(type: string, digest: string, body: Buffer): RegistryAnswer {
  return { status: 200, headers: { 'content-type': type, 'docker-content-digest': digest }, body }
}

function read({ method = '', url = '', headers }: IncomingMessage, repository: string) {
  const about = { method, authorization: headers.authorization ?? '', at: Date.now() }
  if (/^\/v2\/?$/.test(url)) return { ...about, kind: 'ping', reference: '' } as const
  const [, name, kinds, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)/.exec(url) ?? []
  if (name !== repository) return null
  return { ...about, kind: kinds === 'blobs' ? ('blob' as const) : ('manifest' as const), reference }
}

function send(
  response: ServerResponse,
  { method }: AskedOfRegistry,
  { status, headers, body, breakOffAfter }: RegistryAnswer,
): void {
  response.writeHead(status, {
    'docker-distribution-api-version': 'registry/2.0',
    'content-length': body.length,
    ...headers,
  })
  if (method === 'HEAD') response.end()
  else if (breakOffAfter === undefined) response.end(body)
  else response.write(body.subarray(0, breakOffAfter), () => response.destroy())
}
