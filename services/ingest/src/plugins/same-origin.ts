import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bearerOf } from './bearer.ts'
import { sendError } from './error-handler.ts'

/** True for requests that change nothing. */
export function isSafe({ method }: Pick<FastifyRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Refuses changes that a page of another site asks a logged-in browser for. */
export function requireSameOrigin(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    // A browser never brings a token by itself, and where one is brought no session counts.
    if (isSafe(request) || bearerOf(request) !== null || comesFromHere(request)) return
    return sendError(reply, 403, { code: 'CROSS_SITE', message: 'Refused: not sent by a page of this site.' })
  })
}

// Browsers send Sec-Fetch-Site over HTTPS and to loopback only; elsewhere the Origin has to do.
function comesFromHere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host
}
