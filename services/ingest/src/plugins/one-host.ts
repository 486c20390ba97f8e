import type { FastifyInstance } from 'fastify'
import { sendError } from './error-handler.ts'
import { note } from './request-log.ts'

/**
 * Refuses a call with several hosts, which a proxy and this listener could read differently. Which host is named does
 * not matter beyond that: nothing is decided, built or logged from it.
 */
export function requireOneHost(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (countHosts(request.raw.rawHeaders) <= 1) {
      done()
      return
    }
    note(request, { outcome: 'rejected', why: 'the call names several hosts' })
    sendError(reply, 400, { code: 'BAD_REQUEST', message: 'The request cannot be read.' })
  })
}

// Names stand at even places, values between them.
function countHosts(headers: readonly string[]): number {
  let count = 0
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}
