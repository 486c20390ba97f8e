import { type ErrorCode, SlipwayError } from '@slipway/core'
import type { FastifyInstance } from 'fastify'
import { sendError } from '../plugins/error-handler.ts'
import { note } from '../plugins/request-log.ts'

/** What was sent is readable and still not what the route takes; `message` names the place and quotes nothing. */
export class Unprocessable extends Error {
  override readonly name = 'Unprocessable'
}

const statuses: Partial<Record<ErrorCode, number>> = {
  PROJECT_UNKNOWN: 404,
  DEPLOYMENT_UNKNOWN: 404,
  DEPLOYMENT_ENDED: 409,
  REDIS_UNAVAILABLE: 503,
}

/** Operators hear the message of an error that is theirs to act upon; all else goes to the listener's own handler. */
export function handleApiErrors(api: FastifyInstance): void {
  api.setErrorHandler((error, request, reply) => {
    if (error instanceof Unprocessable) {
      note(request, { outcome: 'rejected', why: error.message })
      return sendError(reply, 422, { code: 'UNPROCESSABLE', message: error.message })
    }
    const status = error instanceof SlipwayError ? statuses[error.code] : undefined
    if (!(error instanceof SlipwayError) || status === undefined) throw error
    const { code, message, retryAfterMs } = error
    note(request, status < 500 ? { outcome: 'rejected', why: code } : { outcome: 'failed' })
    if (status === 503) {
      reply.header('retry-after', Math.ceil((retryAfterMs ?? defaultWaitMs) / 1_000))
      return sendError(reply, status, { code, message: 'Redis did not answer in time.' })
    }
    return sendError(reply, status, { code, message })
  })
}

const defaultWaitMs = 5_000
