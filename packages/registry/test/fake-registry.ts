import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  /** Path with its query. */
  readonly path: string
  readonly host: string
  readonly accept: string
  readonly authorization: string | null
  readonly ifNoneMatch: string | null
}

export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** `hang` never answers, `cut` breaks the connection, `stall` sends the body and never ends it. */
  readonly fault?: 'hang' | 'cut' | 'stall'
}

export interface FakeRegistry extends AsyncDisposable {
  readonly port: number
  /** `127.0.0.1:port` */
  readonly host: string
  readonly url: string
  readonly seen: readonly SeenRequest[]
}

/** An HTTP server that answers as it is told and remembers who asked for what with which authorization. */
export async function startFakeRegistry(
  answer: (request: SeenRequest, self: FakeRegistry) => FakeAnswer,
): Promise<FakeRegistry> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    const read = readRequest(request)
    seen.push(read)
    reply(response, answer(read, fake), read.method)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const fake: FakeRegistry = {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
  }
  return fake
}

function readRequest(request: IncomingMessage): SeenRequest {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    host: request.headers.host ?? '',
    accept: request.headers.accept ?? '',
    authorization: request.headers.authorization ?? null,
    ifNoneMatch: request.headers['if-none-match'] ?? null,
  }
}

function reply(response: ServerResponse, answer: FakeAnswer, method: string): void {
  const { status = 200, headers = {}, body = '', fault } = answer
  if (fault === 'hang') return
  if (fault === 'cut') {
    response.destroy()
    return
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  if (method === 'HEAD') response.setHeader('content-length', Buffer.byteLength(body))
  if (fault === 'stall') {
    response.write(body)
    return
  }
  response.end(method === 'HEAD' ? undefined : body)
}
