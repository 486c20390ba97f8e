import { execFile } from 'node:child_process'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const timeoutMs = 300_000

export interface AskOptions {
  readonly body?: object
  /** The answer is read to its end and thrown away. */
  readonly toNowhere?: boolean
}

let place: Promise<string> | undefined

/** Asks the engine's API with nothing in between, over the Unix socket that the command `docker` uses too. */
export async function askEngine<Answer>(
  method: string,
  path: string,
  { body, toNowhere = false }: AskOptions = {},
): Promise<Answer> {
  place ??= findSocket()
  const socketPath = await place
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/json' } : {}
    const signal = AbortSignal.timeout(timeoutMs)
    const asking = request({ socketPath, method, path, headers, signal, agent: false }, resolve)
    asking.once('error', reject)
    asking.end(body ? JSON.stringify(body) : undefined)
  })
  const isWell = (answer.statusCode ?? 0) < 300
  if (toNowhere && isWell) {
    for await (const _ of answer);
    return undefined as Answer
  }
  const said = await text(answer)
  if (!isWell) throw new Error(`the engine answered ${answer.statusCode} to ${method} ${path}: ${said}`)
  return (said === '' ? undefined : JSON.parse(said)) as Answer
}

async function findSocket(): Promise<string> {
  const format = ['--format', '{{.Endpoints.docker.Host}}']
  const endpoint = (await execute('docker', ['context', 'inspect', ...format])).stdout.trim()
  if (!endpoint.startsWith('unix://'))
    throw new Error(`this bench takes an engine on a socket, not ${endpoint}`)
  return endpoint.replace('unix://', '')
}
