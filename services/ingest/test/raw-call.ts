import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Starts to listen on a port of this machine, if it does not yet, and says which. */
export async function portOf(app: FastifyInstance): Promise<number> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Sends bytes that no client would, and waits until the server closes the connection. */
export async function rawCall(
  app: FastifyInstance,
  ...parts: readonly (string | Uint8Array)[]
): Promise<string> {
  const socket = connect(await portOf(app), '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  // Cut off while it still sends: what came until then is the answer.
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return answer
}

/** A request as bytes, which asks for the connection to be closed after it. */
export function rawRequest(
  target: string,
  headers: readonly string[],
  body: string | Uint8Array,
): [string, string | Uint8Array] {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  const head = ['Host: x', 'Connection: close', length, ...headers].join('\r\n')
  return [`POST ${target} HTTP/1.1\r\n${head}\r\n\r\n`, body]
}
