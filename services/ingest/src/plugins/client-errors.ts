import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'

const statuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

/** Answers what never became a request. The bytes themselves are not logged: there may be a secret in them. */
export function answerClientError(
  log: FastifyBaseLogger,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const status = statuses[error.code ?? ''] ?? '400 Bad Request'
  log.info(
    { status: Number.parseInt(status, 10), reason: error.code, remote: socket.remoteAddress },
    'unreadable request',
  )
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify({ error: { code: 'BAD_REQUEST', message: 'The request cannot be read.' } })
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    // Whoever sends slowly on purpose does not get to keep the socket half open.
    () => socket.destroy(),
  )
}
