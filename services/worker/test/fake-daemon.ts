import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import Docker from 'dockerode'
import { onTestFinished } from 'vitest'
import { makeFolder } from './folder.ts'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export interface FakeDaemon {
  readonly docker: Docker
  /** `METHOD /path`, without queries, in order. */
  readonly asked: string[]
  /** Resolves when a caller went away before it had its answer. */
  readonly hungUp: Promise<void>
}

/** Something that speaks HTTP on a Unix socket as an engine does, as well or as badly as a test wants. */
export async function startFakeDaemon(answers: Readonly<Record<string, Answer>>): Promise<FakeDaemon> {
  const socketPath = join(await makeFolder(), 'docker.sock')
  const asked: string[] = []
  const hungUp = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const path = `${request.method} ${decodeURIComponent(request.url?.split('?')[0] ?? '')}`
    asked.push(path)
    response.once('close', () => {
      if (!response.writableFinished) hungUp.resolve()
    })
    const key = Object.keys(answers).find((start) => path.startsWith(start))
    if (key) answers[key]?.(response, request)
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such thing"}')
  })
  server.listen(socketPath)
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { docker: new Docker({ socketPath }), asked, hungUp: hungUp.promise }
}

export function fails(status: number, message: string): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  }
}

export function says(...events: readonly object[]): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(events.map((event) => `${JSON.stringify(event)}\r\n`).join(''))
  }
}

/** Takes the call and never says anything. */
export const hangs: Answer = () => {}
