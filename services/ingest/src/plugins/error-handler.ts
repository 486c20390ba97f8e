import { SlipwayError } from '@slipway/core'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { note } from './request-log.ts'

/** What a caller is told about a failure. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
}

/** The only place where the status of a failing request is chosen. What was thrown goes to the log and nowhere else. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    note(request, status < 500 ? { outcome: 'rejected', why: reasonOf(error) } : { outcome: 'failed' })
    if (status === 503) reply.header('retry-after', secondsToWait(error))
    return sendError(reply, status, bodies.get(status))
  })
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404, bodies.get(404)))
}

/** Every failing answer has this form. */
export function sendError(reply: FastifyReply, status: number, error: ErrorBody = internal): FastifyReply {
  // Who sends too much has more of it on the way, or will send the next one.
  if (status === 413) reply.header('connection', 'close')
  return reply.code(status).send({ error })
}

const internal: ErrorBody = { code: 'INTERNAL', message: 'Internal error.' }

const bodies: ReadonlyMap<number, ErrorBody> = new Map([
  [400, { code: 'BAD_REQUEST', message: 'The request cannot be read.' }],
  [404, { code: 'NOT_FOUND', message: 'Not found.' }],
  [413, { code: 'BODY_TOO_LARGE', message: 'The body is too large.' }],
  [415, { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The content type cannot be used.' }],
  [429, { code: 'TOO_MANY_REQUESTS', message: 'Too many calls; come back later.' }],
  [500, internal],
  [503, { code: 'UNAVAILABLE', message: 'Not taken; send it again.' }],
])

const defaultWaitMs = 5_000

function statusOf(error: unknown): number {
  if (error instanceof SlipwayError) return error.code === 'REDIS_UNAVAILABLE' ? 503 : 500
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (bodies.has(status)) return status
  return status >= 400 && status < 500 ? 400 : 500
}

// Fastify's own refusals. Their messages may quote the request, their codes do not.
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the request cannot be read'
}

function secondsToWait(error: unknown): number {
  const wait = error instanceof SlipwayError ? error.retryAfterMs : undefined
  return Math.ceil((wait ?? defaultWaitMs) / 1_000)
}
