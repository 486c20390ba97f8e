import type Docker from 'dockerode'
import { plain } from './docker-errors.ts'

export interface DockerRequest {
  readonly method: 'GET' | 'POST'
  /** With a leading slash. */
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
}

/**
 * Calls the engine where its client leaves out the query or the signal. Rejects as the client does: with a statusCode
 * when the engine answered.
 */
export function dialDocker(
  docker: Docker,
  { method, path, query = {}, signal }: DockerRequest,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        ...{ method, path: `${path}?`, options: query, abortSignal: signal },
        statusCodes: { 200: true, 404: 'not found', 409: 'conflict', 500: 'server error' },
      },
      (error: unknown, data: unknown) => (error ? reject(error) : resolve(data)),
    )
  })
}

/** The engine's own words for why it needs something, without what its client puts in front of them. */
export function saidByDocker(error: unknown): string {
  const json = typeof error === 'object' && error !== null && 'json' in error ? error.json : null
  const said = typeof json === 'object' && json !== null && 'message' in json ? json.message : null
  return plain(typeof said === 'string' ? said : error instanceof Error ? error.message : String(error))
}
